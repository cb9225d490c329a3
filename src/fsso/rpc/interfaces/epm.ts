import type { RpcInterface } from '../client.ts';
import { guidBytes, guidText } from '../guid.ts';
import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';
import { ndrSyntax } from '../profile.ts';

// The endpoint mapper on TCP 135: at which port an interface is served (C706, Appendix O; MS-RPCE 2.2.1.2). Both sides of one call.

export const endpointMapper: RpcInterface = {
  name: 'epm',
  pipe: 'epmapper',
  uuid: 'e1af8308-5d1f-11c9-91a4-08002b14a0fa',
  major: 3,
  minor: 0,
};
export const endpointMapperPort = 135;
export const mapCall = 3;

const protocols = { uuid: 0x0d, connections: 0x0b, tcp: 0x07, ip: 0x09 } as const;
const mostTowers = 4;
/** Of a tower; those over TCP have five. */
const mostFloors = 16;
/** ept_s_not_registered (C706, Appendix E). */
const notRegistered = 0x16c9a0d6;

function floor(left: Buffer, right: Buffer): Buffer {
  const sized = (bytes: Buffer): Buffer => {
    const size = Buffer.alloc(2);
    size.writeUInt16LE(bytes.length);
    return Buffer.concat([size, bytes]);
  };
  return Buffer.concat([sized(left), sized(right)]);
}

const u16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);
const idFloor = (uuid: string, major: number, minor: number): Buffer =>
  floor(Buffer.concat([Buffer.from([protocols.uuid]), guidBytes(uuid), u16(major)]), u16(minor));

/** Where an interface is: the floors of the interface, of NDR, and of the ways down to the machine (C706, Appendix I, L). */
function towerOf({ uuid, major, minor }: RpcInterface, port: number): Buffer {
  const portBytes = Buffer.from([port >> 8, port & 0xff]);
  return Buffer.concat([
    u16(5),
    idFloor(uuid, major, minor),
    idFloor(ndrSyntax.uuid, ndrSyntax.version, 0),
    floor(Buffer.from([protocols.connections]), u16(0)),
    floor(Buffer.from([protocols.tcp]), portBytes),
    // Any address: that of the machine is known to whoever asks it.
    floor(Buffer.from([protocols.ip]), Buffer.alloc(4)),
  ]);
}

/** ept_map: where this interface is served over TCP and IPv4. */
export function encodeMapRequest(wanted: RpcInterface): Buffer {
  const tower = towerOf(wanted, 0);
  // Full pointers, not unique ones: their numbers count from 1 (C706 14.3.12.2).
  return new NdrWriter()
    .u32(1)
    .bytes(Buffer.alloc(16))
    .u32(2)
    .u32(tower.length)
    .u32(tower.length)
    .bytes(tower)
    .align(4)
    .bytes(Buffer.alloc(20))
    .u32(mostTowers)
    .finish();
}

/** The UUID of the interface that is asked for; null where the tower names none. @throws RpcDecodeError */
export function decodeMapRequest(stub: Buffer): string | null {
  const reader = new NdrReader(stub);
  if (reader.pointer()) reader.bytes(16);
  if (!reader.pointer()) return null;
  const [first] = floorsOf(readTower(reader));
  const bytes = first?.kind;
  return bytes?.[0] === protocols.uuid && bytes.length >= 17 ? guidText(bytes.subarray(1, 17)) : null;
}

/** The answer: the port of the interface, or none. */
export function encodeMapReply(
  found: { readonly interfaceId: RpcInterface; readonly port: number } | null,
): Buffer {
  const writer = new NdrWriter().bytes(Buffer.alloc(20));
  if (found === null) return writer.u32(0).u32(mostTowers).u32(0).u32(0).u32(notRegistered).finish();
  const tower = towerOf(found.interfaceId, found.port);
  writer.u32(1).u32(mostTowers).u32(0).u32(1).pointer();
  return writer.u32(tower.length).u32(tower.length).bytes(tower).align(4).u32(0).finish();
}

/** The first TCP port of the answer; null where the interface is not served over TCP. @throws RpcDecodeError */
export function decodeMapReply(stub: Buffer): number | null {
  const reader = new NdrReader(stub);
  // The handle of a longer list, which is not asked for.
  reader.bytes(20);
  reader.u32();
  reader.u32();
  reader.u32();
  const count = reader.count(4);
  if (count > mostTowers) reader.fail('too-long', `${count} towers where ${mostTowers} were asked for`);
  const present = Array.from({ length: count }, () => reader.pointer());
  for (const isThere of present) {
    if (!isThere) continue;
    const port = portOf(readTower(reader));
    if (port !== null) return port;
    reader.align(4);
  }
  return null;
}

function readTower(reader: NdrReader): Buffer {
  const length = reader.count(1);
  if (reader.u32() !== length) reader.fail('bad-length', 'a tower with two lengths');
  return reader.bytes(length);
}

function floorsOf(tower: Buffer): { readonly kind: Buffer; readonly value: Buffer }[] {
  const reader = new NdrReader(tower);
  const take = (): Buffer => reader.bytes(reader.bytes(2).readUInt16LE(0));
  // A floor takes four bytes at least, so that the bytes bound the count.
  return Array.from({ length: Math.min(reader.bytes(2).readUInt16LE(0), mostFloors) }, () => ({
    kind: take(),
    value: take(),
  }));
}

function portOf(tower: Buffer): number | null {
  const found = floorsOf(tower).find(({ kind, value }) => kind[0] === protocols.tcp && value.length === 2);
  return found?.value.readUInt16BE(0) || null;
}
