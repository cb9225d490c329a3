import type { RpcInterface } from '../client.ts';
import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';
import {
  type NetAnswer,
  type NetColumn,
  type NetQuestion,
  readNetAnswer,
  readNetQuestion,
  writeNetAnswer,
  writeNetQuestion,
} from './net-enum.ts';

/** The workstation service (MS-WKST 1.9). */
export const wkssvc: RpcInterface = {
  name: 'wkssvc',
  pipe: 'wkssvc',
  uuid: '6bffd098-a112-3610-9833-46c3f87e345a',
  major: 1,
  minor: 0,
};

/** NetrWkstaUserEnum (MS-WKST 3.2.4.3). */
export const userEnum = 2;

/** Who is logged on at a machine, interactively or as a service (MS-WKST 2.2.5.10). Texts are raw. */
export interface LoggedOnUser {
  readonly user: string;
  readonly domain: string;
  /** The domain controller that logged the user on; empty from Samba. */
  readonly logonServer: string;
}

/** The level that tells the domain. */
export const userLevel = 1;

const columns: Readonly<Record<number, readonly NetColumn[]>> = {
  0: [['user', 'text']],
  1: [
    ['user', 'text'],
    ['domain', 'text'],
    ['otherDomains', 'text'],
    ['server', 'text'],
  ],
};
const columnsOf = (level: number) => columns[level];

export interface UserQuestion extends NetQuestion {
  readonly server: string;
}

export function encodeUserQuestion({ server, ...question }: UserQuestion): Buffer {
  return writeNetQuestion(new NdrWriter().optionalString(server).align(4), question);
}

/** @throws RpcDecodeError */
export function decodeUserQuestion(stub: Buffer): UserQuestion {
  const reader = new NdrReader(stub);
  const server = reader.pointer() ? reader.wideString() : '';
  return { server, ...readNetQuestion(reader) };
}

export interface UserAnswer extends Omit<NetAnswer, 'rows'> {
  readonly users: readonly LoggedOnUser[];
}

/** @throws RpcDecodeError */
export function decodeUserAnswer(stub: Buffer): UserAnswer {
  const { rows, ...rest } = readNetAnswer(stub, columnsOf);
  const users = rows.map((row) => ({
    user: String(row['user'] ?? ''),
    domain: String(row['domain'] ?? ''),
    logonServer: String(row['server'] ?? ''),
  }));
  return { ...rest, users };
}

export function encodeUserAnswer({ users, ...rest }: UserAnswer): Buffer {
  const rows = users.map(({ user, domain, logonServer }) => ({
    user,
    domain,
    otherDomains: '',
    server: logonServer,
  }));
  return writeNetAnswer({ ...rest, rows }, columnsOf);
}
