import {
  type NetColumn,
  type NetQuestion,
  readNetQuestion,
  writeNetAnswer,
} from '../../../fsso/rpc/interfaces/net-enum.ts';
import { NdrReader } from '../../../fsso/rpc/ndr-reader.ts';

/** NetrShareEnum (MS-SRVS 3.1.4.8): what `smbclient -L` asks, and where it sees that there is nothing but pipes. */
export const shareEnum = 15;

/** A pipe of IPC, not shown (MS-SRVS 2.2.2.4). */
const hiddenPipes = 0x80000003;

const columns: Readonly<Record<number, readonly NetColumn[]>> = {
  0: [['name', 'text']],
  1: [
    ['name', 'text'],
    ['type', 'number'],
    ['comment', 'text'],
  ],
};

/** @throws RpcDecodeError */
export function decodeShareQuestion(stub: Buffer): NetQuestion {
  const reader = new NdrReader(stub);
  if (reader.pointer()) reader.wideString();
  return readNetQuestion(reader);
}

export function encodeShareAnswer({ level }: NetQuestion): Buffer {
  const isKnown = columns[level] !== undefined;
  const rows = isKnown ? [{ name: 'IPC$', type: hiddenPipes, comment: 'Remote IPC' }] : [];
  const badLevel = 124;
  return writeNetAnswer(
    { level, rows, total: rows.length, resume: 0, status: isKnown ? 0 : badLevel },
    (each) => columns[each],
  );
}
