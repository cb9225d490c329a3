import type { Clock } from '../clock.ts';
import type { CertificateDetails } from '../ems/certificate.ts';
import { EmsFailure } from '../ems/diagnosis.ts';
import { type EmsTarget, type Examination, examine, targetText } from '../ems/examine.ts';
import { connectivityText, contextText } from '../ems/fortios.ts';
import type { WebsocketState } from '../ems/session/status.ts';
import { type TrustStore, TrustStoreError } from '../ems/trust.ts';
import type { Problem } from '../problem.ts';
import { safeJson } from '../safe-json.ts';
import { safeText } from '../safe-text.ts';
import { converseOnce } from './ems-session-once.ts';
import type { EmsSetup } from './ems-setup.ts';
import { panelWords } from './ems-words.ts';

/** How a one-shot command went. */
export interface EmsOnceResult {
  /** For standard output. */
  readonly output: string;
  /** For standard error: what is wrong and what to do, a line each; the last one sums it up. */
  readonly diagnostics: readonly string[];
  /** What was asked about is up, or pinned. */
  readonly isHealthy: boolean;
}

/** Tries each enabled connector once and prints how it is (docs/cli.md, ems status). */
export async function emsStatusOnce(setup: EmsSetup, json: boolean, clock: Clock): Promise<EmsOnceResult> {
  const all = await Promise.all(
    setup.targets.map(async (target) => ({ target, ...(await judgeAll(target, setup.release)) })),
  );
  const connectors = all.map(({ target, examination, conversation, problem }) => ({
    name: safeText(target.name),
    type: target.type,
    server: targetText(target),
    state: stateOf(target, examination),
    ...panelWords[stateOf(target, examination)],
    serialNumber: examination.serialNumber === null ? null : safeText(examination.serialNumber),
    tenantId: conversation?.status.tenantId ?? null,
    capabilities: conversation?.status.capabilities ?? null,
    websocket: conversation?.status.websocket.state ?? null,
    lastSuccess: examination.outcome === 'connected' ? new Date(clock.now()).toISOString() : null,
    latencyMs: examination.latencyMs,
    error: target.enabled ? problem : null,
  }));
  const blocks = all.map(({ target, examination, conversation }, index) => {
    const row = connectors[index];
    return contextText({
      number: index + 1,
      name: safeText(target.name),
      confirmed: examination.pinned,
      serialNumber: row?.serialNumber ?? null,
      tenantId: row?.tenantId ?? null,
      capabilitiesVerified: conversation ? conversation.status.registered : null,
      capabilities: row?.capabilities ?? null,
      websocket: row?.websocket ? websocketWords[row.websocket] : null,
      identityVerified: identityVerified(examination),
      connection: row?.connection ?? '',
      certificate: row?.certificate ?? '',
      error: row?.error?.message ?? null,
    });
  });
  const down = connectors.filter((row) => row.error !== null);
  return {
    output: json
      ? safeJson({ connectors })
      : ['EMS context status:', ...blocks.map((lines) => `\n${lines.join('\n')}`), ''].join('\n'),
    diagnostics: down.flatMap((row) => (row.error ? explain(row.name, row.error) : [])),
    isHealthy: down.length === 0,
  };
}

/** Tries one connector and prints whether it works (docs/cli.md, ems test-connectivity). */
export async function connectivityOnce(setup: EmsSetup, json: boolean): Promise<EmsOnceResult> {
  const [target] = setup.targets;
  if (!target) throw new Error('no connector');
  const { problem } = await judge(target, setup.release);
  const name = safeText(target.name);
  return {
    output: json
      ? safeJson({ name, ok: problem === null, error: problem })
      : `${connectivityText(problem)}\n`,
    diagnostics: problem ? explain(name, problem) : [],
    isHealthy: problem === null,
  };
}

/** `connected` is FortiOS's word, the others are ours. */
const websocketWords: Record<WebsocketState, string> = {
  off: 'disconnected',
  overridden: 'overridden',
  'not-offered': 'not offered by EMS',
  connected: 'connected',
  down: 'disconnected',
};

/** One try of everything but the endpoints and tags. */
async function judgeAll(target: EmsTarget, release: string) {
  const judged = await judge(target, release);
  const conversation = await converseOnce(target, judged.examination, {
    pullSysinfo: false,
    pullTags: false,
  });
  const problem = judged.problem ?? conversation?.failure?.problemFor(release) ?? null;
  return { ...judged, conversation, problem };
}

/** One try, and what keeps the connector from being connected: a missing acceptance too. */
async function judge(
  target: EmsTarget,
  release: string,
): Promise<{ examination: Examination; problem: Problem | null }> {
  const examination = await examine(target, { pins: 'respect' });
  const { failure, outcome } = examination;
  const missing =
    outcome === 'certificate-not-accepted'
      ? new EmsFailure('not-accepted', { server: targetText(target) })
      : null;
  return { examination, problem: (failure ?? missing)?.problemFor(release) ?? null };
}

function stateOf(target: EmsTarget, { outcome }: Examination) {
  return target.enabled ? outcome : 'disabled';
}

function identityVerified({ serialNumber, failure }: Examination): boolean | null {
  if (serialNumber !== null) return true;
  return failure?.problem.code === -8 ? false : null;
}

/** The lines of a problem for standard error: the sum of it, why, and the numbered steps. */
export function explain(subject: string, { cause, fix, message, stage, code }: Problem): string[] {
  const number = code === null ? stage : `${stage}, ${code}`;
  return [
    `${subject}: ${message} (${number})`,
    `  ${cause}`,
    ...fix.map((step, index) => `  ${index + 1}. ${step}`),
  ];
}

/** One certificate of the document of `ems verify` (docs/cli.md). */
export function certificateDocument(details: CertificateDetails) {
  const { subject, issuer, validFrom, validTo, sha256, md5, isCa, version, serialNumber } = details;
  return {
    subject,
    issuer,
    validFrom: new Date(validFrom).toISOString(),
    validTo: new Date(validTo).toISOString(),
    sha256,
    md5,
    isCa,
    version,
    serialNumber,
    keyType: details.keyType,
    keyBits: details.keyBits,
    subjectAltNames: details.subjectAltNames,
    extensions: details.extensions.map(({ name, critical, content }) => ({ name, critical, content })),
  };
}

/** Installs CA certificates, DER, and prints what became of each (docs/cli.md, ems import-ca). */
export function importCaOnce(trust: TrustStore, certificates: readonly Buffer[]): EmsOnceResult {
  const named = (word: string, all: readonly CertificateDetails[]) =>
    all.map(({ subject, sha256 }) => `${word}: ${safeText(subject)} (SHA-256 ${sha256})\n`);
  try {
    const { installed, duplicates, refused } = trust.importCa(certificates);
    return {
      output: [...named('Installed', installed), ...named('Already installed', duplicates)].join(''),
      diagnostics: refused.map(({ subject }) => `not installed, because it is no CA: ${safeText(subject)}`),
      isHealthy: refused.length === 0,
    };
  } catch (error) {
    if (!(error instanceof TrustStoreError)) throw error;
    return { output: '', diagnostics: explain('import-ca', error.problem), isHealthy: false };
  }
}
