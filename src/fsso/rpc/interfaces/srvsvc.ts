import type { RpcInterface } from '../client.ts';
import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';
import {
  type NetAnswer,
  type NetColumn,
  type NetQuestion,
  type NetRow,
  readNetAnswer,
  readNetQuestion,
  writeNetAnswer,
  writeNetQuestion,
} from './net-enum.ts';

/** The server service (MS-SRVS 1.9). */
export const srvsvc: RpcInterface = {
  name: 'srvsvc',
  pipe: 'srvsvc',
  uuid: '4b324fc8-1670-01d3-1278-5a47bf6ee188',
  major: 3,
  minor: 0,
};

/** NetrSessionEnum (MS-SRVS 3.1.4.5). */
export const sessionEnum = 12;

/** One session at the file server of a machine (MS-SRVS 2.2.4). Texts are raw. */
export interface SessionInfo {
  /** As the server writes it: `\\ADDRESS` or `\\NAME` from Windows, without the backslashes from Samba. */
  readonly client: string;
  /** Empty for an anonymous session; with its domain from Samba. */
  readonly user: string;
  readonly activeSeconds: number;
  readonly idleSeconds: number;
  /** False also where the level does not say it. */
  readonly guest: boolean;
}

const names: readonly NetColumn[] = [
  ['client', 'text'],
  ['user', 'text'],
];
const times: readonly NetColumn[] = [
  ['active', 'number'],
  ['idle', 'number'],
];
const full: readonly NetColumn[] = [...names, ['opens', 'number'], ...times, ['flags', 'number']];
const columns: Readonly<Record<number, readonly NetColumn[]>> = {
  0: [['client', 'text']],
  1: full,
  2: [...full, ['clientType', 'text']],
  10: [...names, ...times],
  502: [...full, ['clientType', 'text'], ['transport', 'text']],
};
const columnsOf = (level: number) => columns[level];

const guestFlag = 1;
/** Samba reckons the age of a session in unsigned seconds, and is below zero in its first. */
const belowZero = 0x80000000;

export interface SessionQuestion extends NetQuestion {
  /** As `\\dc1`; servers do not look at it. */
  readonly server: string;
}

export function encodeSessionQuestion({ server, ...question }: SessionQuestion): Buffer {
  const writer = new NdrWriter().optionalString(server);
  // Of all clients, all users.
  writer.align(4).pointer(false).pointer(false);
  return writeNetQuestion(writer, question);
}

export interface SessionAnswer extends Omit<NetAnswer, 'rows'> {
  readonly sessions: readonly SessionInfo[];
}

/** @throws RpcDecodeError */
export function decodeSessionAnswer(stub: Buffer): SessionAnswer {
  const { rows, ...rest } = readNetAnswer(stub, columnsOf);
  return { ...rest, sessions: rows.map(sessionOf) };
}

const seconds = (value: string | number | undefined) =>
  typeof value !== 'number' || value >= belowZero ? 0 : value;

function sessionOf(row: NetRow): SessionInfo {
  return {
    client: String(row['client'] ?? ''),
    user: String(row['user'] ?? ''),
    activeSeconds: seconds(row['active']),
    idleSeconds: seconds(row['idle']),
    guest: (Number(row['flags'] ?? 0) & guestFlag) !== 0,
  };
}

/** What a server is asked for: `client` and `user` narrow the list where they are not null. @throws RpcDecodeError */
export function decodeSessionQuestion(
  stub: Buffer,
): SessionQuestion & { readonly client: string | null; readonly user: string | null } {
  const reader = new NdrReader(stub);
  const text = () => (reader.pointer() ? reader.wideString() : null);
  const server = text() ?? '';
  const client = text();
  const user = text();
  return { server, client, user, ...readNetQuestion(reader) };
}

/** Rows are left out where there is no such level. */
export function encodeSessionAnswer({ sessions, ...rest }: SessionAnswer): Buffer {
  const rows = sessions.map((session) => ({
    client: session.client,
    user: session.user,
    opens: 1,
    active: session.activeSeconds,
    idle: session.idleSeconds,
    flags: session.guest ? guestFlag : 0,
    clientType: '',
    transport: '\\Device\\NetbiosSmb',
  }));
  return writeNetAnswer({ ...rest, rows }, columnsOf);
}

/** True for a level that NetrSessionEnum knows. */
export function isSessionLevel(level: number): boolean {
  return columns[level] !== undefined;
}
