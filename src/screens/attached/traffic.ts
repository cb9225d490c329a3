/** What the guide of the collector allows for each domain controller, in bits a second (docs/protocol/fsso.md, Datagrams). */
export const guideBits = 64_000;

/** Traffic in bits, as networks are measured: `820 bit/s`, `3.1 kbit/s`. */
export function traffic(bytesPerSecond: number): string {
  const bits = bytesPerSecond * 8;
  return bits < 999.5 ? `${Math.round(bits)} bit/s` : `${(bits / 1000).toFixed(1)} kbit/s`;
}

/** The same, and how much of what the guide allows that is. */
export function trafficOfGuide(bytesPerSecond: number): string {
  const percent = Math.round((bytesPerSecond * 800) / guideBits);
  return `${traffic(bytesPerSecond)}, ${percent} % of the 64 kbit/s of the guide`;
}
