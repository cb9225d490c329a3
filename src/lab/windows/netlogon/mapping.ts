import { NdrWriter } from '../../../fsso/rpc/ndr-writer.ts';

/** The stub of an endpoint mapper's answer (C706, Appendix O): whatever was asked for is served at this TCP port. */
export function mappedTo(port: number): Buffer {
  const tower = Buffer.concat([
    Buffer.from([2, 0]),
    floor([0x0b], [0, 0]),
    floor([0x07], [port >> 8, port & 0xff]),
  ]);
  const writer = new NdrWriter().bytes(Buffer.alloc(20)).u32(1).u32(4).u32(0).u32(1).pointer();
  return writer.u32(tower.length).u32(tower.length).bytes(tower).u32(0).finish();
}

function floor(left: readonly number[], right: readonly number[]): Buffer {
  return Buffer.from([left.length, 0, ...left, right.length, 0, ...right]);
}
