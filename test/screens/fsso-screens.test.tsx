import { noHistory, recordedDay } from '../support/history-rows.ts';
import { failedOver } from '../support/link-rows.ts';
import { keys } from '../support/render-screen.tsx';
import { alert, collector, collectorRefused, event, logon, normalDay, start } from '../support/rows.ts';
import { type Picture, testPictures } from '../support/screen-pictures.ts';

const connecting = collector({
  state: 'connecting',
  active: false,
  version: null,
  since: start,
  lastHeard: null,
  logons: 0,
  events: 0,
});

const none = { ems: 0, fsso: 0, admins: 0, fortigates: 0 };

const cases: Picture[] = [
  { name: 'users empty', changes: [collector({ logons: 0, events: 0 })], keys: ['u'] },
  { name: 'users not configured', configured: none, keys: ['u'] },
  { name: 'users loading', changes: [connecting], keys: ['u'] },
  { name: 'users normal', changes: normalDay(), keys: ['u', 'G'] },
  { name: 'users error', changes: [collectorRefused()], keys: ['u'] },
  {
    name: 'users stale',
    changes: [collectorRefused(), logon(1, { stale: true, expiresAt: start + 240_000 })],
    keys: ['u'],
  },
  {
    name: 'logon normal',
    changes: [
      logon(4, {
        session: 3,
        portRanges: [
          [1224, 1423],
          [1424, 1623],
        ],
      }),
    ],
    keys: ['u', keys.enter],
  },
  {
    name: 'logon stale',
    changes: [logon(4, { stale: true, expiresAt: start + 240_000, groups: [] })],
    keys: ['u', keys.enter],
  },
  { name: 'history empty', changes: [logon(0)], keys: ['u', 'h'] },
  { name: 'history normal', changes: [logon(0)], keys: ['u', 'h', 'j'], history: recordedDay() },
  { name: 'history error', changes: [logon(0)], keys: ['u', 'h'], history: noHistory },
  { name: 'collectors empty', configured: none, keys: ['l'] },
  { name: 'collectors loading', keys: ['l'] },
  { name: 'collectors normal', changes: normalDay(), keys: ['l'] },
  { name: 'collectors error', changes: normalDay(), keys: ['l', 'j'] },
  { name: 'collectors failed over', changes: failedOver(), keys: ['l', 'j', 'j'] },
  { name: 'collectors kept logons', changes: failedOver(), keys: ['l'] },
  { name: 'link normal', changes: failedOver(), keys: ['l', 'j', keys.enter] },
  { name: 'link wrong certificate', changes: failedOver(), keys: ['l', 'j', 'j', keys.enter] },
  { name: 'alerts not configured', keys: ['!'] },
  {
    name: 'alerts normal',
    changes: [
      alert({
        rule: 'links',
        kind: 'link-down',
        subject: 'corp',
        level: 'error',
        state: 'firing',
        firedAt: start - 60_000,
        text: 'corp has no link to a collector; 10.0.0.11:8000: connection refused',
      }),
      alert({
        rule: 'standby',
        kind: 'standby-unusable',
        subject: 'corp 10.0.0.12:8000',
        state: 'firing',
        firedAt: start - 60_000,
        acknowledgedAt: start - 30_000,
        text: 'standby 10.0.0.12:8000 of corp cannot be used: wrong password',
      }),
      alert({
        rule: 'expiry',
        kind: 'certificate-expires',
        subject: 'ems137 x',
        state: 'pending',
        text: 'certificate CN = ems137 of ems137: 9 days left',
      }),
      alert({
        rule: 'rate',
        kind: 'logon-rate',
        subject: 'corp',
        state: 'resolved',
        firedAt: start - 900_000,
        resolvedAt: start - 60_000,
        since: start - 1_000_000,
        text: 'corp: 500 logons a minute, usually 3 to 24',
      }),
    ],
    keys: ['!'],
  },
  { name: 'events empty', keys: ['t'] },
  { name: 'events normal', changes: normalDay(), keys: ['t'] },
  {
    name: 'events error',
    changes: [
      event(3, {
        text: `The collector refused the password. ${'It is tried again after a pause. '.repeat(4)}`,
      }),
    ],
    keys: ['t'],
  },
  {
    name: 'events fields',
    changes: [
      event(3, {
        source: 'ems137',
        level: 'warning',
        logId: 45122,
        text: 'Issue in reply of REST API call to api/v1/system/serial_number HTTP Code: 401 (Unauthorized) cURL result: (0) No error',
        fields: {
          fctemsname: 'ems137',
          fctemssn: 'FCTEMS0000000001',
          url: 'api/v1/system/serial_number',
          httpcode: 401,
        },
      }),
    ],
    keys: ['t'],
  },
];

testPictures(cases);
