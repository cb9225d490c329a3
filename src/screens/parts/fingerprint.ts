/** A SHA-256 fingerprint with a blank in the middle, so that a line too short for all of it breaks there. */
export function fingerprintText(sha256: string): string {
  // 32 octets of two digits, and the colons between them.
  return sha256.length === 95 ? `${sha256.slice(0, 48)} ${sha256.slice(48)}` : sha256;
}
