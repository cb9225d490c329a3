/** The address that datagram number `index` names; below 16 million each has its own. */
export function addressOf(index: number): string {
  return `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`;
}
