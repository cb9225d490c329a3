const form = /^([\da-f]{8})-([\da-f]{4})-([\da-f]{4})-([\da-f]{4})-([\da-f]{12})$/;

/** A GUID as the 16 bytes of the wire: its first three parts are little-endian (MS-DTYP 2.3.4.2). @throws RangeError for another text */
export function guidBytes(text: string): Buffer {
  const parts = form.exec(text.toLowerCase());
  if (parts === null) throw new RangeError(`${text} is no GUID`);
  const [, first = '', second = '', third = '', fourth = '', fifth = ''] = parts;
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(Number.parseInt(first, 16), 0);
  bytes.writeUInt16LE(Number.parseInt(second, 16), 4);
  bytes.writeUInt16LE(Number.parseInt(third, 16), 6);
  bytes.write(fourth + fifth, 8, 'hex');
  return bytes;
}

/** The text of 16 bytes, in lower case. */
export function guidText(bytes: Buffer): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  return [
    hex(bytes.readUInt32LE(0), 8),
    hex(bytes.readUInt16LE(4), 4),
    hex(bytes.readUInt16LE(6), 4),
    bytes.toString('hex', 8, 10),
    bytes.toString('hex', 10, 16),
  ].join('-');
}
