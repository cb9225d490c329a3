import { guidBytes } from './guid.ts';
import { headerBytes, littleEndian, type Pdu, type Syntax } from './pdu.ts';
import { pduTypes } from './profile.ts';

const numbers16 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
};
const number32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const syntaxBytes = ({ uuid, version }: Syntax): Buffer =>
  Buffer.concat([guidBytes(uuid), number32(version)]);

function bodyOf(pdu: Pdu): Buffer {
  switch (pdu.type) {
    case pduTypes.bind:
    case pduTypes.alterContext:
      return Buffer.concat([
        numbers16(pdu.maxTransmit, pdu.maxReceive),
        number32(pdu.group),
        number32(pdu.contexts.length),
        ...pdu.contexts.flatMap(({ id, abstract, transfers }) => [
          numbers16(id, transfers.length),
          syntaxBytes(abstract),
          ...transfers.map(syntaxBytes),
        ]),
      ]);
    case pduTypes.bindAck:
    case pduTypes.alterContextResponse: {
      const address = Buffer.from(`${pdu.address}\0`, 'latin1');
      // Behind the header, two limits, the group and the address's own length.
      const over = (headerBytes + 10 + address.length) % 4;
      return Buffer.concat([
        numbers16(pdu.maxTransmit, pdu.maxReceive),
        number32(pdu.group),
        numbers16(address.length),
        address,
        Buffer.alloc(over === 0 ? 0 : 4 - over),
        number32(pdu.results.length),
        ...pdu.results.flatMap(({ result, reason, transfer }) => [
          numbers16(result, reason),
          syntaxBytes(transfer),
        ]),
      ]);
    }
    case pduTypes.bindNak:
      // The reason, and the one version of the protocol that is spoken: 5.0.
      return Buffer.concat([numbers16(pdu.reason), Buffer.from([1, 5, 0, 0, 0, 0])]);
    case pduTypes.request:
      return Buffer.concat([number32(pdu.allocHint), numbers16(pdu.contextId, pdu.opnum), pdu.stub]);
    case pduTypes.response:
      return Buffer.concat([number32(pdu.allocHint), numbers16(pdu.contextId, 0), pdu.stub]);
    case pduTypes.fault:
      return Buffer.concat([number32(0), numbers16(pdu.contextId, 0), number32(pdu.status), number32(0)]);
    case pduTypes.auth3:
      return Buffer.alloc(4);
    default:
      return Buffer.alloc(0);
  }
}

/** The bytes of a PDU. @throws RangeError for one that is longer than a fragment can be */
export function encodePdu(pdu: Pdu): Buffer {
  const body = bodyOf(pdu);
  const header = Buffer.alloc(headerBytes);
  header.set([5, 0, pdu.type, pdu.flags, littleEndian]);
  header.writeUInt32LE(pdu.callId, 12);
  const parts = [header, body];
  if (pdu.auth !== null) {
    const { type, level, padding, contextId, token } = pdu.auth;
    header.writeUInt16LE(token.length, 10);
    parts.push(Buffer.from([type, level, padding, 0]), number32(contextId), token);
  }
  const bytes = Buffer.concat(parts);
  if (bytes.length > 0xffff) throw new RangeError(`a fragment of ${bytes.length} bytes`);
  bytes.writeUInt16LE(bytes.length, 8);
  return bytes;
}
