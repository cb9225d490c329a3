import type { CallView, TagRow } from '../../state/changes.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column } from '../parts/columns.ts';
import { count, latency } from '../text/format.ts';

/**
 * The calls of a connector: what was asked for, how the last one ended, how long EMS took and how long ago it was.
 */
export const callColumns: readonly Column<CallView>[] = [
  { id: 'name', title: 'Call', width: 14, priority: 1, text: (call) => callNames[call.name] ?? call.name },
  {
    id: 'result',
    title: 'Result',
    width: 8,
    priority: 1,
    text: (call) => `${call.ok ? '+' : 'x'} ${call.status === 0 ? 'none' : call.status}`,
    tone: (call) => (call.ok ? 'good' : 'bad'),
  },
  {
    id: 'latency',
    title: 'Latency',
    width: 8,
    align: 'right',
    priority: 2,
    text: (call) => latency(call.latencyMs),
  },
  {
    id: 'age',
    title: 'Ago',
    width: 5,
    align: 'right',
    priority: 2,
    text: (call, now) => minutesSince(call.at, now),
  },
  { id: 'path', title: 'Path', width: { min: 20, max: 60 }, priority: 3, text: (call) => call.path },
];

const callNames: Readonly<Record<string, string>> = {
  serialNumber: 'serial number',
  publicAddress: 'public address',
  register: 'registration',
  ztnaCa: 'ZTNA CA',
  gateways: 'interfaces',
  sysinfo: 'endpoints',
  tags: 'tags',
  uidTags: 'endpoint tags',
  hostTags: 'host tags',
  keepAlive: 'keep-alive',
  entitlement: 'entitlement',
};

/** The tags of a connector with how many endpoints carry each. */
export const tagColumns: readonly Column<TagRow>[] = [
  { id: 'name', title: 'Tag', width: { min: 16, max: 40 }, priority: 1, text: (tag) => tag.name },
  { id: 'type', title: 'Type', width: 14, priority: 2, text: (tag) => tag.type },
  {
    id: 'members',
    title: 'Members',
    width: 7,
    align: 'right',
    priority: 1,
    text: (tag) => count(tag.members),
  },
];
