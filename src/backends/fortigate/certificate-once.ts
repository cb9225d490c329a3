import { acceptPrompt } from '../../ems/fortios.ts';
import { HttpFailure } from '../../ems/http-failure.ts';
import type { Problem } from '../../problem.ts';
import { safeJson } from '../../safe-json.ts';
import { safeText } from '../../safe-text.ts';
import { type EmsOnceResult, explain } from '../ems-once.ts';
import type { FortigateCertificate, FortigateConnector } from './reading.ts';
import type { FortigateTarget } from './setup.ts';

/** Which entry of the FortiGate is meant: by its name, or the only one there is. */
export interface EntryChoice {
  readonly connector?: string;
  readonly vdom?: string;
}

/** What the person at the command line decided, or how to ask. */
export type FortigateDecision =
  /** The certificate with exactly this fingerprint. */
  | { kind: 'accept'; fingerprint: string }
  | { kind: 'yes' }
  | { kind: 'ask'; ask: (text: string, prompt: string) => Promise<string | null> }
  /** Nobody can be asked: nothing is changed. */
  | { kind: 'none' };

interface Ending {
  readonly verified: boolean | null;
  /** For standard error, when nothing failed. */
  readonly note: string | null;
  readonly printed: boolean;
}

/**
 * Prints the certificate that the EMS of an entry shows the FortiGate, and lets the FortiGate accept it as decided
 * (docs/cli.md, fortigate verify-cert). Healthy when the FortiGate says afterwards that it is verified.
 */
export async function fortigateVerifyOnce(
  target: FortigateTarget,
  choice: EntryChoice,
  decision: FortigateDecision,
  json: boolean,
): Promise<EmsOnceResult> {
  let found: { connector: FortigateConnector; certificate: FortigateCertificate } | null = null;
  const failed = (problem: Problem) =>
    result(target, found, { verified: null, note: null, printed: false }, json, problem);
  try {
    const connector = await entryOf(target, choice);
    if ('message' in connector) return failed(connector);
    const certificate = await target.client.certificate(connector);
    found = { connector, certificate };
    const ending = await decideVerify(target, connector, certificate, decision);
    if ('message' in ending) return failed(ending);
    return result(target, found, ending, json, null);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    return failed(error.problem);
  }
}

async function decideVerify(
  { name, client }: FortigateTarget,
  connector: FortigateConnector,
  { fingerprint, text }: FortigateCertificate,
  decision: FortigateDecision,
): Promise<Ending | Problem> {
  const before = connector.verified;
  if (fingerprint === null)
    return before === true ? { verified: true, note: null, printed: false } : noCertificate(name, connector);
  if (decision.kind === 'accept' && plain(decision.fingerprint) !== plain(fingerprint))
    return otherCertificate(name, connector, fingerprint);
  if (before === true)
    return { verified: true, note: 'it has accepted the certificate already', printed: false };
  if (decision.kind === 'none')
    return {
      verified: before,
      note: 'nothing was sent: no terminal to ask at, and no --accept',
      printed: false,
    };
  let printed = false;
  if (decision.kind === 'ask') {
    printed = true;
    const question = `Let ${safeText(name)} accept this certificate for ${connector.name}?`;
    const answer = await decision.ask(`${[...text, question].join('\n')}\n`, acceptPrompt);
    if (!isYes(answer)) return { verified: before, note: 'nothing was sent: the answer was not y', printed };
  }
  await client.verify(connector, fingerprint);
  return { verified: await isVerified(client, connector), note: null, printed };
}

/** Lets a FortiGate forget the accepted certificate of an entry (docs/cli.md, fortigate unverify-cert). */
export async function fortigateUnverifyOnce(
  target: FortigateTarget,
  choice: EntryChoice,
  decision: FortigateDecision,
): Promise<EmsOnceResult> {
  const name = safeText(target.name);
  const refused = (problem: Problem) => ({
    output: '',
    diagnostics: explain(name, problem),
    isHealthy: false,
  });
  const nothing = (why: string) => ({ output: '', diagnostics: [`${name}: ${why}`], isHealthy: false });
  try {
    const connector = await entryOf(target, choice);
    if ('message' in connector) return refused(connector);
    if (decision.kind === 'none') return nothing('nothing was sent: no terminal to ask at, and no --yes');
    if (decision.kind === 'ask') {
      const text = `Let ${name} forget the certificate of ${connector.name} (${connector.server ?? 'server not said'})?\nIts connector stops until a certificate is verified again.\n`;
      if (!isYes(await decision.ask(text, acceptPrompt)))
        return nothing('nothing was sent: the answer was not y');
    }
    await target.client.unverify(connector);
    const verified = await isVerified(target.client, connector);
    return {
      output: `${name} no longer accepts the certificate of ${connector.name}\n`,
      diagnostics: verified === true ? [`${name}: it still says that the certificate is verified`] : [],
      isHealthy: verified !== true,
    };
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    return refused(error.problem);
  }
}

async function isVerified(
  client: FortigateTarget['client'],
  { name, id, vdom }: FortigateConnector,
): Promise<boolean | null> {
  const { connectors } = await client.overview();
  return (
    connectors.find((each) => each.name === name && each.id === id && each.vdom === vdom)?.verified ?? null
  );
}

async function entryOf(
  { name, client }: FortigateTarget,
  { connector, vdom }: EntryChoice,
): Promise<FortigateConnector | Problem> {
  const all = (await client.overview()).connectors;
  const fitting = all.filter(
    (each) =>
      (connector === undefined || each.name === connector || String(each.id) === connector) &&
      (vdom === undefined || each.vdom === vdom),
  );
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const listed = all
    .map((each) => (each.vdom === null ? each.name : `${each.name} (VDOM ${each.vdom})`))
    .join(', ');
  return {
    stage: 'configuration',
    code: null,
    message:
      fitting.length === 0
        ? `${safeText(name)} has no such EMS connector`
        : `${safeText(name)} has ${fitting.length} EMS connectors that fit`,
    cause: all.length === 0 ? 'It tells of no EMS connector.' : `It tells of ${listed}.`,
    fix: ['Name one of them, and its VDOM with --vdom where two have the same name.'],
  };
}

function result(
  { name: configured }: FortigateTarget,
  found: { connector: FortigateConnector; certificate: FortigateCertificate } | null,
  { verified, note, printed }: Ending,
  json: boolean,
  problem: Problem | null,
): EmsOnceResult {
  const name = safeText(configured);
  const { connector, certificate } = found ?? {};
  const lines = printed ? [] : [...(certificate?.text ?? [])];
  if (verified === true && connector) lines.push(`${name} accepts the certificate of ${connector.name}`);
  return {
    output: json
      ? safeJson({
          name,
          connector: connector?.name ?? null,
          vdom: connector?.vdom ?? null,
          server: connector?.server ?? null,
          certificate: certificate ? certificateDocument(certificate) : null,
          verified,
          error: problem,
        })
      : lines.map((line) => `${line}\n`).join(''),
    diagnostics: [
      ...(certificate?.fingerprint ? [`${name}: fingerprint ${certificate.fingerprint}`] : []),
      ...(problem ? explain(name, problem) : note === null ? [] : [`${name}: ${note}`]),
      ...(problem === null && note === null && verified !== true
        ? [`${name}: it took the call, and does not say that the certificate is verified`]
        : []),
    ],
    isHealthy: verified === true && problem === null,
  };
}

function certificateDocument({ status, error, fingerprint, subject, issuer, validTo }: FortigateCertificate) {
  const ends = validTo === null ? null : new Date(validTo).toISOString();
  return { status, error, fingerprint, subject, issuer, validTo: ends };
}

function noCertificate(name: string, { name: connector, status, connection }: FortigateConnector): Problem {
  const words = [status, connection].filter((each) => each !== null).join(', ');
  return {
    stage: 'certificate',
    code: null,
    message: `${safeText(name)} shows no certificate of ${connector} that could be accepted`,
    cause: `A FortiGate shows it only when the chain leads to a CA that is installed there. It says: ${words || 'nothing more'}.`,
    fix: [
      'Install the CA there: fabrictop --write fortigate import-ca',
      'Check that the FortiGate reaches the EMS.',
    ],
  };
}

function otherCertificate(name: string, { name: connector }: FortigateConnector, shown: string): Problem {
  return {
    stage: 'certificate',
    code: null,
    message: `${safeText(name)} sees another certificate of ${connector} than --accept names: ${shown}`,
    cause: 'The certificate was replaced, or somebody is in between.',
    fix: ['Compare it with the one that the EMS shows on its own console.'],
  };
}

function isYes(answer: string | null): boolean {
  return answer !== null && /^y(es)?$/i.test(answer.trim());
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toUpperCase();
}
