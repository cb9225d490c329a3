/** A SID as text, `S-1-5-21-…`; null for bytes that are none (MS-DTYP 2.4.2). */
export function sidText(bytes: Buffer): string | null {
  const count = bytes[1] ?? 0;
  if (bytes[0] !== 1 || count > 15 || bytes.length !== 8 + 4 * count) return null;
  const parts = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(8 + 4 * index));
  return ['S', 1, bytes.readUIntBE(2, 6), ...parts].join('-');
}

/** The same as bytes. @throws RangeError for a text that is no SID */
export function sidBytes(text: string): Buffer {
  const [, authority = '', rest = ''] = /^S-1-(\d{1,15})((?:-\d{1,10}){0,15})$/.exec(text) ?? [];
  const parts = rest.split('-').slice(1).map(Number);
  if (authority === '' || Number(authority) >= 2 ** 48 || parts.some((part) => part >= 2 ** 32))
    throw new RangeError(`${text} is no SID`);
  const bytes = Buffer.alloc(8 + 4 * parts.length);
  bytes[0] = 1;
  bytes[1] = parts.length;
  bytes.writeUIntBE(Number(authority), 2, 6);
  for (const [index, part] of parts.entries()) bytes.writeUInt32LE(part, 8 + 4 * index);
  return bytes;
}

/** The SID of the domain that made this one: all but its last part. */
export function domainSid(sid: string): string {
  return sid.replace(/-\d+$/, '');
}

/** Groups that every domain controller has of its own (`BUILTIN\Administrators`): they say nothing about the domain. */
export function isBuiltin(sid: string): boolean {
  return sid.startsWith('S-1-5-32-');
}
