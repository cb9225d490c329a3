// 32 octets of two digits with the colons between them, and its first half with the colon after it.
const wholeWidth = 95;
const halfWidth = 48;

/** A SHA-256 fingerprint for a place of `width` cells: where that is too short for all of it, a blank in the middle. */
export function fingerprintText(sha256: string, width: number): string {
  if (sha256.length !== wholeWidth || width >= wholeWidth) return sha256;
  return `${sha256.slice(0, halfWidth)} ${sha256.slice(halfWidth)}`;
}
