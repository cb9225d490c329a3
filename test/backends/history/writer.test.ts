import { expect, test } from 'vitest';
import { evidenceOf } from '../../../src/logon-history.ts';
import { at, brief, end, put, unseen, WrittenHistory } from '../../support/history-file.ts';

const bob = { user: 'BOB' };

function moment(clock: string) {
  return { from: at(clock), to: at(clock) };
}

test('whoever had an address at a moment is found, and nobody before, between and after', () => {
  using history = new WrittenHistory();
  history.write(put('09:00'), end('09:30', 'logoff'), put('10:00', bob));
  const who = (clock: string) => history.ask({ ip: '10.1.1.5', ...moment(clock) }, at('10:05')).map(brief);
  expect(who('08:59')).toEqual([]);
  expect(who('09:00')).toEqual(['ANNA 09:00-09:30 logoff']);
  expect(who('09:29')).toEqual(['ANNA 09:00-09:30 logoff']);
  expect(who('09:30')).toEqual([]);
  expect(who('09:45')).toEqual([]);
  expect(who('10:00')).toEqual(['BOB 10:00-now']);
});

test('an overwrite ends one interval and names who came, and from which collector', () => {
  using history = new WrittenHistory();
  history.write(put('09:00'), put('09:30', { user: 'SVC', server: '10.0.0.12:8000' }));
  const [row] = history.ask({ ip: '10.1.1.5', ...moment('09:10') }, at('09:31'));
  expect(row).toMatchObject({ endedBy: 'replaced', next: 'CORP\\SVC', nextServer: '10.0.0.12:8000' });
  expect(evidenceOf(row as never)).toEqual([
    ['Logged on', '2026-01-15T08:59:59Z by the clock of the collector'],
    ['Seen', '2026-01-15T09:00:00Z in an event of collector 10.0.0.11:8000, connector corp'],
    [
      'Until',
      '2026-01-15T09:30:00Z: replaced by CORP\\SVC at the same address, reported by collector 10.0.0.12:8000',
    ],
  ]);
});

test('another logon of the same user and other groups are intervals of their own', () => {
  using history = new WrittenHistory();
  history.write(
    put('09:00'),
    put('09:10', { logonTime: at('09:10') }),
    put('09:20', { logonTime: at('09:10'), groups: 'CORP/IT' }),
  );
  expect(history.ask({ user: 'anna' }, at('09:21')).map(brief)).toEqual([
    'ANNA 09:20-now',
    'ANNA 09:10-09:20 updated',
    'ANNA 09:00-09:10 again',
  ]);
});

test('a list of another collector confirms a logon, and ends the time in which it was not seen', () => {
  using history = new WrittenHistory();
  history.write(put('09:00'), unseen('09:10'));
  expect(history.ask({ user: 'anna' }, at('09:11'))[0]).toMatchObject({ unseen: at('09:10'), ended: null });
  history.write(put('09:12', { live: false, server: '10.0.0.12:8000', logonTime: at('09:00') - 3_000 }));
  const rows = history.ask({ user: 'anna' }, at('09:13'));
  expect(rows.map(brief)).toEqual(['ANNA 09:00-now']);
  expect(rows[0]).toMatchObject({ unseen: null, confirmed: at('09:12'), confirmedBy: '10.0.0.12:8000' });
});

test('what runs out after its link was lost says since when nobody reported it', () => {
  using history = new WrittenHistory();
  history.write(put('09:00'), unseen('09:10'), end('09:15', 'expired'));
  const [row] = history.ask({ ip: '10.1.1.5', ...moment('09:12') }, at('09:20'));
  expect(row).toMatchObject({ unseen: at('09:10'), ended: at('09:15'), endedBy: 'expired' });
});

test('the sessions of a terminal server, and two connectors, have intervals side by side', () => {
  using history = new WrittenHistory();
  history.write(
    put('09:00', { session: 3, user: 'ANNA' }),
    put('09:00', { session: 4, user: 'BOB' }),
    put('09:01', { connector: 'branch', user: 'CLEO' }),
  );
  const who = (question: object) =>
    history
      .ask({ ip: '10.1.1.5', ...moment('09:05'), ...question }, at('09:05'))
      .map((row) => row.user)
      .sort();
  expect(who({})).toEqual(['ANNA', 'BOB', 'CLEO']);
  expect(who({ connector: 'branch' })).toEqual(['CLEO']);
  expect(who({ user: 'corp\\BOB' })).toEqual(['BOB']);
  expect(who({ user: 'other\\BOB' })).toEqual([]);
  expect(who({ workstation: 'pc-1', connector: 'corp' })).toEqual(['ANNA', 'BOB']);
});

test('what was open when the program died ends as not observed at its last sign of life, and is no logoff', () => {
  using history = new WrittenHistory();
  history.write(put('09:00'));
  history.writer.write([], at('09:10'));
  history.startAgain(at('11:00'));
  const rows = history.ask({ user: 'anna' }, at('11:01'));
  expect(rows.map(brief)).toEqual(['ANNA 09:00-09:10 not-observed']);
  history.write(put('11:00', { live: false, logonTime: at('09:00') - 1_000 }));
  expect(history.ask({ ip: '10.1.1.5', ...moment('10:00') }, at('11:01'))).toEqual([]);
  expect(history.ask({ user: 'anna' }, at('11:01')).map(brief)).toEqual([
    'ANNA 11:00-now',
    'ANNA 09:00-09:10 not-observed',
  ]);
});

test('a reader does not claim more of a dead program than its last sign of life', () => {
  using history = new WrittenHistory();
  history.write(put('09:00'));
  history.writer.write([], at('09:10'));
  const who = (clock: string, now: string) =>
    history.askAsItIs({ ip: '10.1.1.5', ...moment(clock) }, at(now)).map(brief);
  expect(who('09:10:20', '09:10:20')).toEqual(['ANNA 09:00-now']);
  expect(who('09:10:20', '09:11')).toEqual([]);
  expect(who('09:05', '09:11')).toEqual(['ANNA 09:00-09:10 not-observed']);
  history.writer.end(at('09:12'));
  expect(who('09:12', '09:12:01')).toEqual(['ANNA 09:00-09:12 not-observed']);
});

test('leaving one connector ends what is open there only', () => {
  using history = new WrittenHistory();
  history.write(put('09:00'), put('09:00', { connector: 'branch', user: 'CLEO' }), {
    kind: 'left',
    time: at('09:05'),
    connector: 'corp',
  });
  expect(history.ask({ ip: '10.1.1.5' }, at('09:06')).map(brief).sort()).toEqual([
    'ANNA 09:00-09:05 not-observed',
    'CLEO 09:00-now',
  ]);
});

test('a range finds what touches it, the newest first, and a limit keeps the newest', () => {
  using history = new WrittenHistory();
  for (const [place, clock] of ['09:00', '09:10', '09:20', '09:30'].entries())
    history.write(put(clock, { ip: `10.1.1.${place}`, user: `U${place}` }));
  history.write(end('09:15', 'logoff', '10.1.1.0'));
  const users = (question: object) => history.ask(question, at('09:31')).map((row) => row.user);
  expect(users({})).toEqual(['U3', 'U2', 'U1', 'U0']);
  expect(users({ limit: 2 })).toEqual(['U3', 'U2']);
  expect(users({ from: at('09:16'), to: at('09:25') })).toEqual(['U2', 'U1']);
  expect(users({ from: at('09:14'), to: at('09:14') })).toEqual(['U1', 'U0']);
});

test('a batch that fails leaves nothing of itself, and the next one works', () => {
  using history = new WrittenHistory();
  const broken = { ...put('09:01', { ip: '10.1.1.9', user: 'NEVER' }), server: undefined as never };
  expect(() => history.write(put('09:00', { user: 'LOST' }), broken)).toThrow();
  history.write(put('09:02'));
  expect(history.ask({}, at('09:03')).map(brief)).toEqual(['ANNA 09:02-now']);
});

test('names in other scripts are found without regard to case', () => {
  using history = new WrittenHistory();
  history.write(put('09:00', { user: 'Ödön', workstation: 'ПК-1' }));
  expect(history.ask({ user: 'ÖDÖN' }, at('09:01'))).toHaveLength(1);
  expect(history.ask({ workstation: 'пк-1' }, at('09:01'))).toHaveLength(1);
});
