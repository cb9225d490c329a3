import { RpcDecodeError } from '../../src/fsso/rpc/errors.ts';
import { PduStream } from '../../src/fsso/rpc/fragments.ts';
import { decodePdu, encodePdu } from '../../src/fsso/rpc/pdu.ts';
import { somePdus } from '../fsso/rpc/some-pdus.ts';
import type { Target } from './targets.ts';

function decoding(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof RpcDecodeError)) throw error;
  }
}

/** What domain controllers answer over DCE/RPC. */
export const rpcTargets: Readonly<Record<string, Target>> = {
  'rpc-pdu': {
    read(bytes) {
      decoding(() => {
        const pdu = decodePdu(bytes);
        const again = decodePdu(encodePdu(pdu));
        if (again.type !== pdu.type || again.callId !== pdu.callId) throw new Error('not the same PDU');
      });
      const count = (pieces: readonly Buffer[]): number => {
        const stream = new PduStream(5840);
        let found = 0;
        decoding(() => {
          for (const piece of pieces) {
            stream.push(piece);
            while (stream.next() !== null) found += 1;
          }
        });
        return found;
      };
      const whole = count([bytes]);
      const pieces = count(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
      if (whole !== pieces) throw new Error(`${whole} PDUs in one piece, ${pieces} byte by byte`);
    },
    sources: '/src/fsso/rpc/',
    seeds: somePdus.map(({ pdu }) => encodePdu(pdu)),
  },
};
