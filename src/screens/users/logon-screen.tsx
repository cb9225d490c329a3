import type { ReactNode } from 'react';
import { useLayoutEffect } from 'react';
import type { CollectorRow, LogonRow, ReportedLogon } from '../../state/changes.ts';
import type { Run } from '../parts/columns.ts';
import { composeEnds } from '../parts/compose-line.ts';
import { composeLong, type Field } from '../parts/fields.ts';
import { Line, Lines } from '../parts/line.tsx';
import { Message } from '../parts/message.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { age, countdown, dateTime } from '../text/format.ts';
import { portText } from './columns.ts';
import { doubtsOf } from './doubts.ts';

/** One logon in full: who, where, how we know it and until when. */
export function LogonScreen({ place, columns, rows }: ScreenProps): ReactNode {
  const { stores, window } = useServices();
  useVersion(stores.logons);
  const now = useNow();
  const row = stores.logons.get(place.subject ?? '');
  const collector = row && stores.collectors.get(`${row.connector}|${row.server}`);
  const lines = row ? logonLines(row, collector, now, columns) : [];
  const height = rows - 1;
  useLayoutEffect(() => {
    Object.assign(window, { height, lines: lines.length, columns });
  });
  if (!row) {
    return (
      <Message
        pieces={[['This logon is gone', 'title'], 'The user logged off, or the row ran out. Esc goes back.']}
        width={columns}
        height={rows}
      />
    );
  }
  const title = row.domain === '' ? row.user : `${row.domain}\\${row.user}`;
  return (
    <>
      <Line
        runs={composeEnds(
          [
            ['Logon  ', 'title'],
            [title, 'accent'],
          ],
          [],
          columns,
        )}
      />
      <Lines lines={lines.slice(place.offset, place.offset + height)} />
    </>
  );
}

function logonLines(row: LogonRow, collector: CollectorRow | undefined, now: number, width: number): Run[][] {
  const fields: Field[] = [
    ['User', row.user],
    ['Domain', row.domain],
    ['IP address', row.ip],
    ['Workstation', row.workstation],
    [
      'Logged on',
      `${dateTime(row.logonTime)}, ${age(now - row.logonTime)} ago (${row.reported ? "the FortiGate's" : "the collector's"} clock)`,
    ],
    ['Status', statusText(row, now), row.stale ? 'warn' : 'good'],
    ['', ''],
    [
      'Known from',
      row.reported ? toldBy(row, row.reported) : `collector ${row.server} of connector ${row.connector}`,
    ],
    ...(row.also ?? []).flatMap((each): Field[] =>
      each.reported ? [['Known too', toldBy(each, each.reported)]] : [],
    ),
    ['Received', `${dateTime(row.receivedAt)} (our clock)`],
  ];
  if (row.session !== 0 || row.portRanges.length > 0) {
    fields.push(['', ''], ['Session', `${row.session} on a terminal server`], ['Ports', portText(row)]);
  }
  const doubts = doubtsOf(row, collector);
  if (doubts.length > 0) fields.push(['', ''], ...doubts);
  fields.push(['', '']);
  if (row.groups.length === 0) fields.push(['Groups', 'none reported', 'muted']);
  row.groups.forEach((group, place) => {
    fields.push([place === 0 ? `Groups (${row.groups.length})` : '', group]);
  });
  return fields.flatMap((field) => composeLong(field, width));
}

function toldBy({ server }: LogonRow, { fortigate, vdom, method, policyId }: ReportedLogon): string {
  const place = vdom === null ? '' : `, VDOM ${vdom}`;
  const policy = policyId ? `, last policy ${policyId}` : '';
  return `FortiGate ${fortigate}${place}: ${method ?? 'method not said'} ${server}${policy}`;
}

function statusText(row: LogonRow, now: number): string {
  if (!row.stale) return '+ live';
  const left = row.expiresAt === null ? '' : `, removed in ${countdown(row.expiresAt - now)}`;
  const who = row.reported ? 'the FortiGate does not answer' : 'its collector is not online';
  return `! stale: ${who}${left}`;
}
