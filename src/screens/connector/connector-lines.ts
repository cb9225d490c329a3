import type { ConnectorRow, SessionView, TagRow } from '../../state/changes.ts';
import { chainExpiry, emsTypeNames, retryText, syncedFields } from '../connectors/columns.ts';
import type { KeyOf } from '../input/keymap.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run, Tone } from '../parts/columns.ts';
import { composeRule } from '../parts/compose-line.ts';
import { composeFields, composeLong, composeProblem, type Field, fieldLabelWidth } from '../parts/fields.ts';
import { fingerprintText } from '../parts/fingerprint.ts';
import { sparkline } from '../parts/sparkline.ts';
import { emsWord, stateText } from '../parts/state-words.ts';
import { composeTable } from '../parts/still-table.ts';
import { count, dateTime, latency, tenantText } from '../text/format.ts';
import { stageLines } from './stage-lines.ts';
import { callColumns, tagColumns } from './tables.ts';

interface Drawn {
  readonly width: number;
  readonly now: number;
  readonly ascii: boolean;
  readonly rule: string;
  readonly keyOf: KeyOf;
}

const longestSparkline = 40;

const websocketWords: Readonly<Record<SessionView['websocket']['state'], readonly [string, Tone]>> = {
  off: ['- not open', 'muted'],
  overridden: ['- overridden: polled each minute', 'plain'],
  'not-offered': ['- not offered by EMS: polled each minute', 'plain'],
  connected: ['+ connected', 'good'],
  down: ['x down: polled each minute', 'warn'],
};

/** All about one connector: how far it came, what is wrong, what EMS said, its calls and its tags. */
export function connectorPage(row: ConnectorRow, tags: readonly TagRow[], drawn: Drawn): Run[][] {
  const { width, now, ascii, rule } = drawn;
  const { session } = row;
  const heading = (title: string) => composeRule(title, width, rule);
  const lines: Run[][] = [...stageLines(session.stages, width), []];
  if (row.problem) lines.push(heading('Diagnosis'), ...composeProblem(row.problem, width));
  for (const advice of row.advice ?? []) lines.push(heading('Advice'), ...composeProblem(advice, width));
  lines.push(heading('Connection'), ...composeFields(connectionFields(row, now), width));
  lines.push(...sessionLines(row, session, drawn));
  if (session.calls.length > 0)
    lines.push(
      heading(`Calls (${session.calls.length})`),
      ...composeTable(callColumns, session.calls, width, now, ascii),
    );
  if (row.chain.length > 0) lines.push(heading('Certificate'), ...certificateSummary(row, width));
  if (tags.length > 0)
    lines.push(heading(`Tags (${count(tags.length)})`), ...composeTable(tagColumns, tags, width, now, ascii));
  return lines;
}

function connectionFields(row: ConnectorRow, now: number): Field[] {
  const word = emsWord(row);
  const retry = retryText(row, now);
  const expiry = chainExpiry(row, now);
  return [
    ['Type', emsTypeNames[row.type]],
    ...syncedFields(row),
    ['State', stateText(word), word.tone],
    ['For', minutesSince(row.since, now)],
    ['Last success', row.lastSuccess === null ? '' : `${minutesSince(row.lastSuccess, now)} ago`],
    ['Next try', retry === '' ? '' : `in ${retry}`],
    ['Serial number', row.serialNumber ?? ''],
    ['Public address', row.session.publicAddress ?? ''],
    ['Certificate', [row.certificate, row.pinned ? 'accepted' : ''].filter(Boolean).join(', ')],
    ['Valid', expiry?.text ?? '', expiry?.tone ?? 'plain'],
  ];
}

/** Whose certificate it is, and which: Enter shows the chain. */
function certificateSummary({ chain: [leaf] }: ConnectorRow, width: number): Run[][] {
  if (!leaf) return [];
  const fingerprint = fingerprintText(leaf.sha256, width - fieldLabelWidth);
  return [
    ...composeLong(['Subject', leaf.subject], width),
    ...composeLong(['Issuer', leaf.issuer], width),
    ...composeLong(['SHA-256', fingerprint], width),
  ];
}

function sessionLines(row: ConnectorRow, session: SessionView, { width, now, ascii, keyOf }: Drawn): Run[][] {
  const { websocket, latencies, ztnaCa } = session;
  const [word, tone] = websocketWords[websocket.state];
  const code =
    websocket.code === null ? '' : ` (${websocket.code}${websocket.reason ? ` ${websocket.reason}` : ''})`;
  const fields: Field[] = row.tenantId === null ? [] : [['Tenant', tenantText(row.tenantId)]];
  fields.push(['Notifications', `${word}${code}`, tone]);
  if (row.serialNumber !== null && session.registered)
    fields.push([
      'Capabilities',
      session.capabilities === null
        ? 'EMS names none'
        : session.capabilities.length === 0
          ? 'none'
          : session.capabilities.join(', '),
    ]);
  if (latencies.length > 0) {
    const bars = sparkline(latencies, Math.min(longestSparkline, width - 45), ascii);
    const range = `${latency(Math.min(...latencies))} to ${latency(Math.max(...latencies))}`;
    fields.push(['Latency', `${latency(latencies.at(-1))}  ${bars}  ${range}`]);
  }
  if (session.authUrl !== null && row.state === 'pending-authorization')
    fields.push(['Authorise at', session.authUrl, 'accent']);
  if (ztnaCa !== null)
    fields.push(['ZTNA CA', `${ztnaCa.subject}, until ${dateTime(ztnaCa.validTo).slice(0, 10)}`]);
  if (session.endpointCount > 0)
    fields.push([
      'Endpoints',
      `${count(session.endpointCount)} (${keyOf('endpoints')} lists them), ${count(session.tagCount)} tags`,
    ]);
  if (session.outOfSyncSince !== null)
    fields.push([
      'Out of sync',
      `since ${minutesSince(session.outOfSyncSince, now)}: what follows may be old`,
      'warn',
    ]);
  if (session.dirtyReason !== null) fields.push(['Dirty reason', session.dirtyReason, 'bad']);
  return fields.flatMap((field) => composeLong(field, width));
}
