import { type AlertKind, type AlertRule, defaultFor } from '../../config/alerts.ts';
import { expiryLimits, expiryOf, expiryText } from '../../expiry.ts';
import { safeText } from '../../safe-text.ts';
import type { ComponentKind, ConnectorRow, LinkState } from '../../state/changes.ts';
import type { Condition } from './engine.ts';
import type { Facts, Overwrite, Picture } from './picture.ts';

/** Values where a rule gives none. */
export const ruleDefaults = { days: expiryLimits.soon, factor: 4 } as const;

/** States of a link that ended badly. */
const broken: ReadonlySet<LinkState> = new Set(['refused', 'stalled', 'lost', 'failed']);
/** States in which an EMS connector works, or is not to. */
const emsWell: ReadonlySet<ConnectorRow['state']> = new Set([
  'connected',
  'disabled',
  'out-of-sync',
  'dirty',
]);

type Found = Pick<Condition, 'subject' | 'level' | 'text' | 'since'>;

/** What each kind of rule finds wrong. An overwrite is no state: `overwritesFound` has those. */
const finders: Readonly<
  Record<Exclude<AlertKind, 'overwrite-by'>, (facts: Facts, rule: AlertRule, now: number) => Found[]>
> = {
  'link-down': (facts) => [...fssoDown(facts), ...emsDown(facts)],
  'standby-unusable': (facts) =>
    facts.collectors
      .filter((row) => !row.active && facts.isLinked(row.connector))
      .flatMap((row) => {
        // A probe is news; without one, what ended the last link.
        const problem = row.probe ? row.probe.problem : row.problem;
        if (problem === null || (!row.probe && !broken.has(row.state))) return [];
        const text = `standby ${row.server} of ${row.connector} cannot be used: ${problem.message}`;
        return [{ subject: `${row.connector} ${row.server}`, level: 'warning', text } as const];
      }),
  'no-events': (facts, rule, now) => [
    ...silentCollectors(facts, rule, now),
    ...silentReporters(facts, rule, now),
  ],
  'certificate-expires': (facts, rule, now) =>
    certificatesOf(facts).flatMap(({ of, subject, certificate }) => {
      const expiry = expiryOf(certificate, now);
      const isDue =
        expiry.level === 'expired' ||
        (expiry.level !== 'not-yet' && expiry.days < (rule.days ?? ruleDefaults.days));
      if (!isDue) return [];
      const level = expiry.level === 'expired' || expiry.level === 'urgent' ? 'error' : 'warning';
      return [{ subject, level, text: `${of}: ${expiryText(expiry)}` } as const];
    }),
  'logon-rate': (facts, rule) =>
    facts.rates.flatMap(([connector, { band, last }]) => {
      const usual = band.band(rule.factor ?? ruleDefaults.factor);
      if (usual === null || last === null || !facts.isLinked(connector)) return [];
      if (last >= usual.low && last <= usual.high) return [];
      const range = `${Math.ceil(usual.low)} to ${Math.floor(usual.high)}`;
      const text = `${connector}: ${last} logons a minute, usually ${range}`;
      return [{ subject: connector, level: 'warning', text } as const];
    }),
};

function silentCollectors(facts: Facts, rule: AlertRule, now: number): Found[] {
  return facts.collectors
    .filter((row) => row.active && row.state === 'online')
    .flatMap((row) => {
      const since = facts.lastEvent(row.id) ?? row.since;
      // Silence is no condition before it is too long: every collector is silent for a while.
      if (now - since < forMsOf(rule)) return [];
      const text = `${row.server} of ${row.connector} is connected and reports no logon and no logoff`;
      return [{ subject: `${row.connector} ${row.server}`, level: 'warning', text, since } as const];
    });
}

const reporterWords: Partial<Record<ComponentKind, string>> = { agent: 'agent', dc: 'domain controller' };

/** Agents and domain controllers, where a collector tells us of each. One that never reported is not known to be silent. */
function silentReporters(facts: Facts, rule: AlertRule, now: number): Found[] {
  return facts.reporters.flatMap(({ kind, name, collector, lastEvent }) => {
    if (lastEvent === null || now - lastEvent < forMsOf(rule)) return [];
    const text = `${reporterWords[kind]} ${name} reports no logon to collector ${collector}`;
    return [{ subject: `${collector} ${kind} ${name}`, level: 'warning', text, since: lastEvent } as const];
  });
}

function fssoDown(facts: Facts): Found[] {
  return facts.fssoConnectors
    .filter((connector) => !facts.isLinked(connector))
    .map((connector) => {
      const rows = facts.collectors.filter((row) => row.connector === connector);
      const why = rows.find((row) => row.problem !== null);
      const reason = why === undefined ? '' : `; ${why.server}: ${why.problem?.message}`;
      return { subject: connector, level: 'error', text: `${connector} has no link to a collector${reason}` };
    });
}

interface Watched {
  /** Words for it. */
  readonly of: string;
  /** Tells it from every other. */
  readonly subject: string;
  readonly certificate: { readonly validFrom: number; readonly validTo: number };
}

/** Every certificate that our connectors rest on: chains of EMS, those of collectors with TLS, installed CAs. */
function certificatesOf({ connectors, collectors, cas }: Facts): Watched[] {
  return [
    ...connectors.flatMap((row) =>
      row.chain.map((certificate) => ({
        of: `certificate ${certificate.subject} of ${row.name}`,
        subject: `${row.name} ${certificate.sha256}`,
        certificate,
      })),
    ),
    ...collectors.flatMap(({ connector, server, handshake }) => {
      const certificate = handshake?.certificate ?? null;
      if (certificate === null) return [];
      return {
        of: `certificate ${certificate.subject} of collector ${server} of ${connector}`,
        subject: `${connector} ${server} ${certificate.sha256}`,
        certificate,
      };
    }),
    ...cas.map((certificate) => ({
      of: `installed CA ${certificate.subject}`,
      subject: `CA ${certificate.sha256}`,
      certificate,
    })),
  ];
}

function emsDown(facts: Facts): Found[] {
  return facts.connectors
    .filter((row) => !emsWell.has(row.state))
    .map((row) => ({
      subject: row.name,
      level: 'error',
      text: `${row.name} is not connected to its EMS${row.problem === null ? '' : `: ${row.problem.message}`}`,
    }));
}

/** The conditions of one rule that hold now. */
export function conditionsOf(rule: AlertRule, picture: Picture, now: number): Condition[] {
  if (rule.when === 'overwrite-by') return [];
  return finders[rule.when](picture.facts(rule.connector), rule, now).map((found) =>
    conditionOf(rule, found),
  );
}

/** Overwrites by the accounts of a rule. */
export function overwritesFound(rule: AlertRule, overwrites: readonly Overwrite[]): Condition[] {
  if (rule.when !== 'overwrite-by') return [];
  const patterns = (rule.users ?? []).map(patternOf);
  return overwrites
    .filter(({ connector }) => rule.connector === undefined || rule.connector === connector)
    .filter(({ user }) => patterns.some((pattern) => pattern.test(user)))
    .map(({ connector, user, replaced, ip }) =>
      conditionOf(rule, {
        subject: `${connector} ${user}`,
        level: 'warning',
        text: `${connector}: ${user} took the place of ${replaced} at ${ip}`,
      }),
    );
}

function forMsOf(rule: AlertRule): number {
  return (rule.for ?? defaultFor[rule.when]) * 1000;
}

function conditionOf(rule: AlertRule, found: Found): Condition {
  return {
    ...found,
    rule: rule.name,
    kind: rule.when,
    subject: safeText(found.subject),
    text: safeText(found.text),
    forMs: forMsOf(rule),
  };
}

/** `svc-*` as a test of whole names in whatever case. */
function patternOf(pattern: string): RegExp {
  const escaped = pattern.split('*').map((part) => part.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'iu');
}
