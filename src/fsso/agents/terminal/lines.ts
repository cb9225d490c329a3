import * as z from 'zod';
import { checkLine, ipv4, LineError, name, parseLine } from '../lines.ts';
import type { TsLogon } from '../ts.ts';
import type { TerminalUser } from './assignment.ts';

/** What a line of standard input tells `agent ts` (docs/cli.md, agent). */
export type TerminalLine =
  | { kind: 'given'; logon: TsLogon }
  | { kind: 'open'; session: TerminalUser }
  | { kind: 'more'; session: number }
  | { kind: 'gone'; session: number };

const port = z.int('expected a port').min(0, 'expected a port').max(65_535, 'expected a port');
const sessionExpected = 'expected a session number from 1 to 4294967295';
const session = z.int(sessionExpected).min(1, sessionExpected).max(0xffffffff, sessionExpected);
const rangesExpected = 'expected the blocks of ports, such as [[1224,1423]]';
const uidExpected = 'expected the number of a user of this machine';
const on = z.boolean('expected true').default(true);

const who = {
  session,
  domain: z.string('expected the domain as text'),
  user: name('user'),
};

const givenLine = z.strictObject({
  ...who,
  ip: ipv4,
  ports: z.array(z.tuple([port, port], rangesExpected), rangesExpected).min(1, rangesExpected),
  on,
});

const openLine = z.strictObject({
  ...who,
  uid: z.int(uidExpected).min(0, uidExpected).max(0xffffffff, uidExpected).nullable().default(null),
  on,
});

const moreLine = z.strictObject({ session, more: z.literal(true, 'expected true') });
const goneLine = z.strictObject({ session, gone: z.literal(true, 'expected true') });

function refuseLogoff(isOn: boolean): void {
  if (!isOn)
    throw new LineError(
      'a logoff cannot be sent: the protocol has no form for it, and the collector ends the entry by itself',
    );
}

/** One line for `agent ts`. @throws LineError; also for a logoff, which UDP 8002 has no form for */
export function readTerminalLine(line: string): TerminalLine {
  const value = parseLine(line);
  const has = (key: string) => typeof value === 'object' && value !== null && key in value;
  if (has('more')) return { kind: 'more', session: checkLine(moreLine, value).session };
  if (has('gone')) return { kind: 'gone', session: checkLine(goneLine, value).session };
  // An address alone belongs to ports that were forgotten: those that we assign are at an address of ours.
  if (has('ports') || has('ip')) {
    const { on, ...logon } = checkLine(givenLine, value);
    refuseLogoff(on);
    return { kind: 'given', logon };
  }
  const { on, ...opened } = checkLine(openLine, value);
  refuseLogoff(on);
  return { kind: 'open', session: opened };
}
