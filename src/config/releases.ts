/**
 * FortiOS releases as the configuration names them: a branch such as `7.4`, which stands for its last release, or one
 * release such as `7.0.11` (docs/protocol/ems.md, Configuration).
 */

/** Branches that are known, oldest first. */
export const branches = ['6.4', '7.0', '7.2', '7.4', '7.6'] as const;

export const releaseExpected = `expected ${branches.join(', ')}, or one release of these such as 7.0.12`;

/** Unquoted, YAML reads 7.4 as a number and 7.0 as 7; the admin meant the release all the same. */
export function releaseText(release: number): string {
  return Number.isInteger(release) ? `${release}.0` : String(release);
}

interface Parts {
  /** Position in `branches`. */
  branch: number;
  /** Infinity for a whole branch. */
  patch: number;
}

/** Null for what is no known release. */
function parts(release: string): Parts | null {
  const found = /^(\d+\.\d+)(?:\.(\d{1,2}))?$/.exec(release);
  const branch = (branches as readonly string[]).indexOf(found?.[1] ?? '');
  if (branch < 0) return null;
  return { branch, patch: found?.[2] === undefined ? Number.POSITIVE_INFINITY : Number(found[2]) };
}

export function isRelease(release: unknown): release is string {
  return typeof release === 'string' && parts(release) !== null;
}

/** Releases that something exists in. */
export interface Lifetime {
  /** First releases, one for each branch that took it up later; absent: older than every known branch. */
  readonly since?: readonly string[];
  /** Last release, or the branch with whose end it went; absent: still there. */
  readonly until?: string;
}

/** A branch takes something up from its own first release on, later branches have it from their beginning. */
export function hasBegun(since: readonly string[] | undefined, release: string): boolean {
  const here = parts(release);
  if (since === undefined || here === null) return true;
  const firsts = since.map(parts).filter((first) => first !== null);
  const own = firsts.find((first) => first.branch === here.branch);
  if (own) return here.patch >= own.patch;
  return firsts.some((first) => first.branch < here.branch);
}

function hasEnded(until: string | undefined, release: string): boolean {
  const here = parts(release);
  const last = until === undefined ? null : parts(until);
  if (here === null || last === null) return false;
  return here.branch > last.branch || (here.branch === last.branch && here.patch > last.patch);
}

/** Why a release does not have it, as an admin reads it; null when it does. */
export function whyAbsent(lifetime: Lifetime, release: string): string | null {
  if (!hasBegun(lifetime.since, release))
    return `needs FortiOS ${(lifetime.since ?? []).join(' or ')}, but release is ${release}`;
  if (hasEnded(lifetime.until, release))
    return `went away after FortiOS ${lifetime.until}, but release is ${release}`;
  return null;
}

/** EMS entries that a release takes: 3, 5 from 7.0.8 and 7.2.1, 7 from 7.2.4. */
export function emsEntryLimit(release: string): number {
  if (hasBegun(['7.2.4'], release)) return 7;
  return hasBegun(['7.0.8', '7.2.1'], release) ? 5 : emsEntryLimitOfAll;
}

/** EMS entries when no release is configured: what every release takes. */
export const emsEntryLimitOfAll = 3;

/** The release by which texts are chosen: `6.4` stands for all that print the old form of errors, before 7.0.8. */
export function textRelease(release: string): string {
  const here = parts(release);
  if (here === null) return release;
  return hasBegun(['7.0.8', '7.2.1'], release) ? (branches[here.branch] ?? release) : '6.4';
}
