import type { Problem } from '../problem.ts';
import { safeText } from '../safe-text.ts';

/** A published weakness of FortiClient EMS itself, which whoever connects to it should know of. */
export interface Advisory {
  id: string;
  /** The first release of EMS that is not affected. */
  fixedIn: string;
  /** As people read it; `code` is `id`. */
  problem: Problem;
}

type Release = readonly [major: number, minor: number, patch: number | null];

const known = [
  {
    id: 'CVE-2026-35616',
    fixedIn: [7, 4, 7],
    message: (version: string) =>
      `FortiClient EMS ${version} is reported as affected by CVE-2026-35616: the identity of a device can be forged`,
    cause: 'Builds of EMS before 7.4.7 can take an identity that no TLS client certificate proves.',
    fix: [
      'Upgrade EMS to 7.4.7 or later.',
      'Until then, let only the FortiGates and the endpoints reach its HTTPS port.',
      'On EMS, look through Administration > Fabric Devices for serial numbers that are not yours.',
    ],
  },
] as const;

/** `7.4.5`, `v7.2.4 build 0972`, `7.4.5.1717`, `7.2`; null for anything else. */
function readRelease(version: string): Release | null {
  const found = /^\s*v?(\d{1,3})\.(\d{1,3})(?:\.(\d{1,5}))?(?![\d])/i.exec(version.slice(0, 100));
  if (!found) return null;
  return [Number(found[1]), Number(found[2]), found[3] === undefined ? null : Number(found[3])];
}

/** A version without its patch is not below one of the same branch: what is not known is not claimed. */
function isBelow([major, minor, patch]: Release, fixed: readonly [number, number, number]): boolean {
  if (major !== fixed[0]) return major < fixed[0];
  if (minor !== fixed[1]) return minor < fixed[1];
  return patch !== null && patch < fixed[2];
}

/**
 * The advisories that hold for an EMS of this version, as EMS or a person writes it (`7.4.5`, `v7.4.5 build 1717`); none
 * where the version cannot be read, or is given too coarsely to tell (docs/protocol/ems.md, Advisories).
 */
export function advisoriesFor(version: string | null): readonly Advisory[] {
  const release = version === null ? null : readRelease(version);
  if (release === null) return [];
  const shown = safeText((version ?? '').trim().slice(0, 100));
  return known
    .filter(({ fixedIn }) => isBelow(release, fixedIn))
    .map(({ id, fixedIn, message, cause, fix }) => ({
      id,
      fixedIn: fixedIn.join('.'),
      problem: { stage: 'EMS version', code: id, message: message(shown), cause, fix },
    }));
}
