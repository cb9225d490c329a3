import { expect, test } from 'vitest';
import { fortiosFields, fortiosText, type LoggedLine } from '../src/fortios-log.ts';

const logon: LoggedLine = {
  time: Date.UTC(2026, 0, 15, 9, 0, 1, 250),
  level: 'notice',
  logId: 43014,
  source: 'corp',
  text: 'FSSO-logon event from corp: user ANNA logged on 10.0.0.9',
  fields: {
    vd: 'root',
    devid: 'FGVM010000000001',
    logdesc: 'FSSO logon authentication status',
    srcip: '10.0.0.9',
    user: 'AN"NA\\',
    server: 'corp',
    action: 'FSSO-logon',
  },
};

test('a logon has every field of log 43014 in the order of the reference', () => {
  expect(fortiosText(logon)).toBe(
    'date=2026-01-15 time=09:00:01 logid="0102043014" type="event" subtype="user" level="notice" vd="root" ' +
      'eventtime=1768467601250000000 tz="+0000" devid="FGVM010000000001" ' +
      'logdesc="FSSO logon authentication status" srcip=10.0.0.9 user="AN\\"NA\\\\" server="corp" ' +
      'action="FSSO-logon" msg="FSSO-logon event from corp: user ANNA logged on 10.0.0.9"',
  );
});

test('a line that no FortiOS log has names its source in place of a number', () => {
  const line: LoggedLine = { time: 0, level: 'info', logId: null, source: 'corp', text: 'list is complete' };
  expect(fortiosFields(line).slice(2)).toEqual([
    ['source', 'corp'],
    ['type', 'event'],
    ['level', 'information'],
    ['eventtime', '0000000'],
    ['tz', '+0000'],
  ]);
});

test('an EMS event keeps its numbers without quotes', () => {
  const line: LoggedLine = {
    time: 0,
    level: 'warning',
    logId: 45122,
    source: 'ems137',
    text: 'x',
    fields: { fctemsname: 'ems137', httpcode: 401 },
  };
  expect(fortiosText(line)).toContain('logid="0107045122" type="event" subtype="endpoint" level="warning"');
  expect(fortiosText(line)).toContain('fctemsname="ems137" httpcode=401 msg="x"');
});
