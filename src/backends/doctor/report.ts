import type { Check, CheckVerdict, Need, Readiness } from '../../fsso/doctor/check.ts';
import { safeJson } from '../../safe-json.ts';
import { safeText } from '../../safe-text.ts';

/** What was examined together. */
export interface Examined {
  readonly kind: 'domain' | 'directory' | 'controller' | 'channel' | 'gate' | 'workstation';
  readonly name: string;
  /** Who asked; null where nobody logs in. */
  readonly account: string | null;
  /** Which parts of the configuration use it. */
  readonly usedBy: readonly string[];
  /** The ways in which the configuration polls it. */
  readonly polledBy: readonly Need[];
  readonly checks: readonly Check[];
  readonly readiness: readonly Readiness[];
}

/** Nothing that the configuration wants is missing: of a domain controller the ways that poll it, or the one that was asked for. */
export function isHealthy(all: readonly Examined[]): boolean {
  return all.every(({ polledBy, checks, readiness }) => {
    const polled = readiness.filter((each) => polledBy.includes(each.mode));
    if (readiness.length > 0) return (polled.length > 0 ? polled : readiness).every(({ isReady }) => isReady);
    // What nothing needs is told, and speaks against nothing.
    return checks.every(({ verdict, neededBy }) => neededBy.length === 0 || verdict !== 'failed');
  });
}

export function doctorDocument(all: readonly Examined[]): string {
  return safeJson({
    healthy: isHealthy(all),
    examined: all.map(({ kind, name, account, usedBy, polledBy, checks, readiness }) => ({
      ...{ kind, name, account, usedBy, polledBy },
      modes: readiness.map((each) => ({ mode: each.mode, ready: each.isReady, because: each.because })),
      checks: checks.map(({ check, verdict, detail, neededBy, problem, run }) => ({
        ...{ check, verdict, detail, neededBy, problem, run },
      })),
    })),
  });
}

const words: Readonly<Record<CheckVerdict, string>> = {
  ok: 'yes',
  warning: 'yes, but',
  failed: 'no',
  unknown: 'unknown',
  skipped: 'unknown',
};
const wordWidth = Math.max(...Object.values(words).map(({ length }) => length));

const kinds: Readonly<Record<Examined['kind'], string>> = {
  domain: 'Domain',
  directory: 'Directory server',
  controller: 'Domain controller',
  channel: 'Verdicts on NTLM from',
  gate: 'NTLM gate',
  workstation: 'Workstation',
};

/** The same for a person: each check, what it is needed for, and what to do where it failed. */
export function doctorText(all: readonly Examined[]): string {
  return `${[...all.map(blockOf), resultOf(all)].join('\n\n')}\n`;
}

function resultOf(all: readonly Examined[]): string {
  const failing = all.filter((each) => !isHealthy([each]));
  return failing.length === 0
    ? 'Everything that the configuration wants works.'
    : `Not everything that the configuration wants works: see ${failing.map(({ name }) => safeText(name)).join(', ')}.`;
}

function blockOf({ kind, name, account, usedBy, polledBy, checks, readiness }: Examined): string {
  const as = account === null ? '' : `, as ${safeText(account)}`;
  const others = usedBy.filter((each) => each !== 'polling' && each !== 'ntlm');
  const polled = polledBy.length === 0 ? '' : `, polled by ${polledBy.join(' and ')}`;
  const use = others.length === 0 ? '' : ` (${others.join(', ')})`;
  const lines = [`${kinds[kind]} ${safeText(name)}${as}${polled}${use}`];
  const width = Math.max(...checks.map(({ check }) => check.length), 0);
  for (const { check, verdict, detail, neededBy, problem, run } of checks) {
    const wanted = neededBy.length === 0 ? '' : `  (${neededBy.join(', ')})`;
    lines.push(`  ${words[verdict].padEnd(wordWidth)}  ${check.padEnd(width)}  ${detail}${wanted}`);
    if (problem !== null) {
      if (problem.message !== detail) lines.push(`      ${problem.message}`);
      if (problem.cause !== '') lines.push(`      Cause: ${problem.cause}`);
      for (const fix of problem.fix) lines.push(`      Fix:   ${fix}`);
    }
    for (const { on, command } of run) lines.push(`      On ${on}:  ${command}`);
  }
  for (const { mode, isReady, because } of readiness) {
    const isUnused = polledBy.length > 0 && !polledBy.includes(mode);
    const unused = isUnused ? '; the configuration does not use it' : '';
    lines.push(`  ${mode}: ${isReady ? 'ready' : `not ready, because of ${because.join(', ')}`}${unused}`);
  }
  return lines.join('\n');
}
