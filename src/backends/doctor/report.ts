import type { Check, CheckVerdict, Need, Readiness } from '../../fsso/doctor/check.ts';
import { safeJson } from '../../safe-json.ts';
import { safeText } from '../../safe-text.ts';

/** What was examined together: a domain, a server of a directory, a domain controller. */
export interface Examined {
  readonly kind: 'domain' | 'directory' | 'controller';
  readonly name: string;
  /** Who asked; null where nobody logs in. */
  readonly account: string | null;
  /** The way in which the configuration polls it; null where it is not polled. */
  readonly mode: Need | null;
  readonly checks: readonly Check[];
  readonly readiness: readonly Readiness[];
}

/** Nothing that the configuration wants is missing: of a domain controller the way that polls it, or the one that was asked for. */
export function isHealthy(all: readonly Examined[]): boolean {
  return all.every(({ mode, checks, readiness }) => {
    const polled = readiness.filter((each) => each.mode === mode);
    if (readiness.length > 0) return (polled.length > 0 ? polled : readiness).every(({ isReady }) => isReady);
    return checks.every(({ verdict }) => verdict === 'ok' || verdict === 'warning');
  });
}

export function doctorDocument(all: readonly Examined[]): string {
  return safeJson({
    healthy: isHealthy(all),
    examined: all.map(({ kind, name, account, mode, checks, readiness }) => ({
      kind,
      name,
      account,
      mode,
      modes: readiness.map((each) => ({ mode: each.mode, ready: each.isReady, because: each.because })),
      checks: checks.map(({ check, verdict, detail, neededBy, problem }) => ({
        check,
        verdict,
        detail,
        neededBy,
        problem,
      })),
    })),
  });
}

const marks: Readonly<Record<CheckVerdict, string>> = { ok: '+', warning: '!', failed: 'x', skipped: '-' };
const kinds = { domain: 'Domain', directory: 'Directory server', controller: 'Domain controller' } as const;
/** The same for a person: each check, what it is needed for, and what to do where it failed. */
export function doctorText(all: readonly Examined[]): string {
  return `${all.map(blockOf).join('\n\n')}\n`;
}

function blockOf({ kind, name, account, mode, checks, readiness }: Examined): string {
  const as = account === null ? '' : `, as ${safeText(account)}`;
  const polled = mode === null ? '' : `, polled by ${mode}`;
  const lines = [`${kinds[kind]} ${safeText(name)}${as}${polled}`];
  const width = Math.max(...checks.map(({ check }) => check.length), 0);
  for (const { check, verdict, detail, neededBy, problem } of checks) {
    const wanted = neededBy.length === 0 ? '' : `  (${neededBy.join(', ')})`;
    lines.push(`  ${marks[verdict]} ${check.padEnd(width)}  ${detail}${wanted}`);
    if (problem === null) continue;
    if (problem.message !== detail) lines.push(`      ${problem.message}`);
    if (problem.cause !== '') lines.push(`      Cause: ${problem.cause}`);
    for (const fix of problem.fix) lines.push(`      Fix:   ${fix}`);
  }
  for (const { mode: way, isReady, because } of readiness)
    lines.push(`  ${way}: ${isReady ? 'ready' : `not ready, because of ${because.join(', ')}`}`);
  return lines.join('\n');
}
