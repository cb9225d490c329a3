/** Bytes on one line of a dump. */
const perLine = 16;

/**
 * Lines of bytes with their offset and what they are in ASCII, as `hexdump -C` writes them: `002a  41 05 43 4e …  A.CN`.
 * @param offset of the first byte
 * @param most lines; one more says how many bytes are left out
 */
export function hexLines(bytes: Uint8Array, offset: number, most = 4096): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += perLine) {
    if (lines.length === most) {
      lines.push(`... ${bytes.length - at} bytes more`);
      break;
    }
    const part = [...bytes.subarray(at, at + perLine)];
    const hex = part.map((octet) => octet.toString(16).padStart(2, '0')).join(' ');
    const ascii = part
      .map((octet) => (octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.'))
      .join('');
    lines.push(`${(offset + at).toString(16).padStart(4, '0')}  ${hex.padEnd(3 * perLine - 1)}  ${ascii}`);
  }
  return lines;
}

/** A code as documents write it: `0x85`. */
export function hexCode(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}
