import { compareCertificates } from '../certificate-comparison.ts';
import { certificateText } from '../ems/certificate-text.ts';
import { EmsFailure } from '../ems/diagnosis.ts';
import { type EmsTarget, type Examination, examine, surroundingsOf, targetText } from '../ems/examine.ts';
import { acceptPrompt, acceptQuestion, alreadyVerified, verifyFailureText } from '../ems/fortios.ts';
import type { PinnedFacts } from '../ems/pin.ts';
import { TrustStoreError } from '../ems/trust.ts';
import type { Problem } from '../problem.ts';
import { safeJson } from '../safe-json.ts';
import { safeText } from '../safe-text.ts';
import { acceptedCertificate, comparedCertificate } from './ems-certificate-view.ts';
import { certificateDocument, type EmsOnceResult, explain } from './ems-once.ts';
import type { EmsSetup } from './ems-setup.ts';

/** What the person at the command line decided, or how to ask. */
export type Decision =
  /** Pin exactly this SHA-256. */
  | { kind: 'accept'; sha256: string }
  | { kind: 'reject' }
  /** Show `text`, then the prompt, and read one line; null at the end of input. */
  | { kind: 'ask'; ask: (text: string, prompt: string) => Promise<string | null> }
  /** Nobody can be asked: nothing is changed. */
  | { kind: 'none' };

/** What became of the certificate. */
interface Ending {
  pinned: boolean;
  failure: EmsFailure | null;
  /** The trust store's own failure. */
  store: Problem | null;
  /** For standard error, when nothing failed. */
  note: string | null;
  /** For standard output, after the certificate. */
  lines: string[];
  /** For standard error: what differs from the accepted certificate. */
  more: string[];
  /** The certificate was printed before the question. */
  printed: boolean;
}

/**
 * Obtains and prints the certificate of one connector, and pins or unpins it as decided (docs/cli.md, ems verify). The
 * order of trust holds: what does not lead to an installed CA, or before EMS has authorised us, cannot be accepted.
 */
export async function verifyOnce(
  setup: EmsSetup,
  decision: Decision,
  { json }: { json: boolean },
): Promise<EmsOnceResult> {
  const [target] = setup.targets;
  if (!target) throw new Error('no connector');
  const examination = await examine(target, { pins: 'ask' });
  const ending: Ending = {
    pinned: examination.pinned,
    failure: examination.failure,
    store: null,
    note: null,
    lines: [],
    more: [],
    printed: false,
  };
  try {
    await decide(target, examination, decision, ending);
  } catch (error) {
    if (!(error instanceof TrustStoreError)) throw error;
    ending.store = error.problem;
    ending.lines.push(error.message);
  }
  const problem = ending.store ?? ending.failure?.problemFor(setup.release) ?? null;
  const name = safeText(target.name);
  const failed = ending.failure ? verifyFailureText(ending.failure, setup.release) : [];
  const text = [...(ending.printed ? [] : leafText(examination)), ...ending.lines, ...failed];
  return {
    output: json
      ? safeJson({
          name,
          chain: examination.chain.map(certificateDocument),
          trusted: examination.trusted,
          pinned: ending.pinned,
          error: problem,
        })
      : text.map((line) => `${line}\n`).join(''),
    diagnostics: [
      ...information(target, examination),
      ...ending.more,
      ...(problem ? explain(name, problem) : ending.note === null ? [] : [`${name}: ${ending.note}`]),
    ],
    isHealthy: ending.pinned && problem === null,
  };
}

async function decide(
  target: EmsTarget,
  examination: Examination,
  decision: Decision,
  ending: Ending,
): Promise<void> {
  if (decision.kind === 'reject') return reject(target, ending);
  const { facts, failure } = examination;
  if (failure !== null || facts === null) return;
  if (decision.kind === 'accept') {
    if (plain(decision.sha256) === plain(facts.sha256)) return accept(target, examination, ending);
    ending.failure = new EmsFailure('other-certificate', {
      server: targetText(target),
      detail: facts.sha256,
    });
    return;
  }
  const other = otherSerialNumber(target, examination);
  if (ending.pinned && other === null) {
    ending.lines.push(alreadyVerified);
    return;
  }
  if (other !== null) {
    // The certificate is the accepted one, but the connector stands still: whose it is has to be decided anew.
    if (decision.kind !== 'ask') {
      ending.failure = other;
      return;
    }
    ending.pinned = false;
    ending.lines.push(other.message, other.problem.cause);
  }
  if (target.trust.matches(target.name, facts, target.pinMode) === 'changed') {
    const accepted = target.trust.pin(target.name)?.sha256 ?? '';
    const detail = `accepted ${accepted}, shown ${facts.sha256}`;
    const changed = new EmsFailure('pin-changed', { server: targetText(target), detail });
    const differences = differenceLines(target, examination, facts);
    if (decision.kind !== 'ask') {
      ending.failure = changed;
      ending.more.push(...differences);
    } else ending.lines.push(changed.problem.cause, ...differences);
  }
  if (decision.kind === 'none') {
    ending.lines.push(acceptQuestion);
    ending.note = 'nothing was pinned: no terminal to ask at, and no --accept SHA256';
    return;
  }
  ending.printed = true;
  const shown = [...leafText(examination), ...ending.lines.splice(0), acceptQuestion];
  const answer = await decision.ask(`${shown.join('\n')}\n`, acceptPrompt);
  if (answer !== null && /^y(es)?$/i.test(answer.trim())) return accept(target, examination, ending);
  if (answer !== null && /^no?$/i.test(answer.trim())) return reject(target, ending);
  ending.note = 'nothing was pinned: the answer was neither y nor n';
}

/** The certificate was accepted of an EMS with another serial number: `mismatched-ems-sn`. Null when it was not. */
function otherSerialNumber(target: EmsTarget, { serialNumber }: Examination): EmsFailure | null {
  const accepted = target.trust.pin(target.name)?.serialNumber ?? null;
  if (accepted === null || serialNumber === null || accepted === serialNumber) return null;
  const detail = `${safeText(accepted)} was expected, ${safeText(serialNumber)} answers`;
  return new EmsFailure('serial-changed', { server: targetText(target), detail }).in(surroundingsOf(target));
}

async function accept(target: EmsTarget, examination: Examination, ending: Ending): Promise<void> {
  const { facts, serialNumber } = examination;
  if (facts === null) return;
  ending.pinned = false;
  const place = { server: targetText(target), serialNumber };
  await target.trust.accept(target.name, facts, target.pinMode, place);
  ending.pinned = true;
}

async function reject(target: EmsTarget, ending: Ending): Promise<void> {
  const had = await target.trust.forget(target.name);
  ending.pinned = false;
  ending.note = had
    ? 'rejected: the certificate that was accepted before is forgotten'
    : 'rejected: nothing was pinned';
}

function leafText({ chain: [leaf] }: Examination): string[] {
  return leaf ? certificateText(leaf).map(safeText) : [];
}

/** What differs between the certificate that was accepted and the one that is shown, a line each. */
function differenceLines(
  target: EmsTarget,
  { chain, serialNumber }: Examination,
  facts: PinnedFacts,
): string[] {
  const pin = target.trust.pin(target.name);
  const [leaf] = chain;
  if (pin === null || leaf === undefined) return [];
  const now = { ...facts, certificate: comparedCertificate(leaf), serialNumber, tenantId: null };
  const fields = compareCertificates(
    { ...pin, certificate: acceptedCertificate(pin) },
    { ...now, server: targetText(target) },
  );
  const head = `${target.name}: accepted on ${new Date(pin.acceptedAt).toISOString()}, what differs now:`;
  const lines = fields
    .filter(({ differs }) => differs)
    .map(({ label, accepted, shown }) => `  ${label}: accepted ${accepted}, shown ${shown}`);
  return [head, ...lines].map(safeText);
}

/** What a person may want to know beside the verdict. */
function information(target: EmsTarget, { chain, chainIncomplete, hostMatches }: Examination): string[] {
  const [leaf] = chain;
  if (!leaf) return [];
  const name = safeText(target.name);
  const lines = [`${name}: SHA-256 ${leaf.sha256}`];
  if (hostMatches === false)
    lines.push(
      `${name}: the certificate does not name ${safeText(target.server ?? '')}; that alone is no reason to refuse`,
    );
  if (chainIncomplete) lines.push(`${name}: the chain ends without its root`);
  return lines;
}

function plain(sha256: string): string {
  return sha256.replaceAll(':', '').toUpperCase();
}
