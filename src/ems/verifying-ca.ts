import { caName } from './ca-directory.ts';
import type { PinMode, PinnedFacts, PinVerdict } from './pin.ts';
import type { TrustStore } from './trust.ts';

/** What of a connector's settings decides whether a certificate that verifies is also the right one. */
export interface TrustSettings {
  /** The connector. */
  readonly name: string;
  readonly pinMode: PinMode;
  /** `verifying-ca`: the chain has to lead to this installed CA. Null or absent: to any of them. */
  readonly verifyingCa?: string | null;
}

/**
 * Why a chain that leads to an installed CA does not lead to the one that `verifying-ca` names (docs/protocol/ems.md, Trust
 * and pins): no CA of that name is installed, or the chain goes by another. Null when it does, and when none is named.
 */
export function verifyingObjection(
  trust: TrustStore,
  { verifyingCa = null }: TrustSettings,
  chain: readonly Buffer[],
): 'verifying-ca-missing' | 'verifying-ca-other' | null {
  if (verifyingCa === null) return null;
  const named = new Set(trust.named(verifyingCa).map(caName));
  if (named.size === 0) return 'verifying-ca-missing';
  return chain.slice(1).some((der) => named.has(caName(der))) ? null : 'verifying-ca-other';
}

/** An acceptance that holds the CN and the issuer's name, but not its key: FortiOS's "verifying CN but not CA CN". */
export function heldByNameAlone(trust: TrustStore, { name }: TrustSettings, shown: PinnedFacts): boolean {
  const pin = trust.pin(name);
  return (
    pin?.mode === 'ca-cn' &&
    pin.issuerKey === null &&
    pin.commonName !== null &&
    pin.commonName === shown.commonName &&
    pin.issuer === shown.issuer
  );
}

/**
 * Does what the server shows fit what was accepted? Where only the names were kept, `verifying-ca` stands for the missing
 * key; that the chain leads to it is judged before.
 */
export function pinVerdict(trust: TrustStore, settings: TrustSettings, shown: PinnedFacts): PinVerdict {
  const verdict = trust.matches(settings.name, shown, settings.pinMode);
  const mended =
    verdict === 'changed' &&
    settings.pinMode === 'ca-cn' &&
    (settings.verifyingCa ?? null) !== null &&
    heldByNameAlone(trust, settings, shown);
  return mended ? 'fits' : verdict;
}
