import type { RpcInterface } from '../client.ts';
import { guidBytes } from '../guid.ts';
import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';
import { ndrSyntax } from '../profile.ts';

// The endpoint mapper on TCP 135: at which port an interface is served (C706, Appendix O; MS-RPCE 2.2.1.2).

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

/** ept_map: where this interface is served over TCP and IPv4. */
export function encodeMapRequest({ uuid, major, minor }: RpcInterface): Buffer {
  const tower = Buffer.concat([
    u16(5),
    idFloor(uuid, major, minor),
    idFloor(ndrSyntax.uuid, ndrSyntax.version, 0),
    floor(Buffer.from([protocols.connections]), u16(0)),
    floor(Buffer.from([protocols.tcp]), Buffer.alloc(2)),
    floor(Buffer.from([protocols.ip]), Buffer.alloc(4)),
  ]);
  return new NdrWriter()
    .pointer()
    .bytes(Buffer.alloc(16))
    .pointer()
    .u32(tower.length)
    .u32(tower.length)
    .bytes(tower)
    .align(4)
    .bytes(Buffer.alloc(20))
    .u32(mostTowers)
    .finish();
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
    const length = reader.count(1);
    if (reader.u32() !== length) reader.fail('bad-length', 'a tower with two lengths');
    const port = portOf(reader.bytes(length));
    if (port !== null) return port;
    reader.align(4);
  }
  return null;
}

function portOf(tower: Buffer): number | null {
  const floors = new NdrReader(tower);
  const take = (): Buffer => {
    const size = floors.bytes(2).readUInt16LE(0);
    return floors.bytes(size);
  };
  for (let left = floors.bytes(2).readUInt16LE(0); left > 0; left--) {
    const kind = take();
    const value = take();
    if (kind[0] === protocols.tcp && value.length === 2) return value.readUInt16BE(0) || null;
  }
  return null;
}
