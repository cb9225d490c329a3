import { entryRow } from '../../src/backends/attached/rows.ts';
import { logonsLine, type ToldLogon } from '../../src/backends/collector-control/logon-lines.ts';
import { readStreamLine } from '../../src/backends/collector-control/protocol.ts';
import { parseLine } from '../../src/backends/control/lines.ts';
import type { Target } from './targets.ts';

const logon: ToldLogon = {
  ...{
    ip: '10.0.0.1',
    otherIp: null,
    ip6: null,
    session: 3,
    user: 'anna',
    domain: 'CORP',
    workstation: 'PC1',
  },
  ...{ groups: ['CORP/SALES'], portRanges: [[1224, 1423]], feed: 'ts-agent', agent: 'TS1', status: 'ok' },
  ...{ logonTime: 1_768_467_600_000, updatedAt: 1_768_467_600_000, doubt: null },
  ...{ verifiedAt: null, nextCheckAt: 1, expiresAt: 2 },
  lastCheck: {
    ...{ at: 1, method: 'netapi', presence: 'unknown' as const },
    problem: { stage: 'tcp', code: 'ETIMEDOUT', message: 'no answer', cause: 'It is off.', fix: ['none'] },
  },
  evidence: { kind: 'event', id: 4624, record: 7, log: 'Security', by: 'wmi', logonType: 3 },
};

/** What a dashboard reads from a collector that it is attached to. */
export const controlTargets: Readonly<Record<string, Target>> = {
  'control-stream': {
    read(bytes) {
      const line = readStreamLine(parseLine(bytes.toString('utf8')));
      if (line?.kind !== 'logons') return;
      for (const told of line.logons) {
        const row = entryRow('hq', told, new Map());
        if (
          !Array.isArray(row.groups) ||
          !Number.isSafeInteger(row.logonTime) ||
          typeof row.user !== 'string'
        )
          throw new Error(`taken in: ${JSON.stringify(row)}`);
      }
    },
    sources: '/src/backends/collector-control/',
    seeds: [
      logonsLine([logon, { ...logon, ip: '10.0.0.2', session: 0, portRanges: [], groups: [] }]),
      { kind: 'logoff', ip: '10.0.0.1', session: 0 },
      { kind: 'complete', logons: 2 },
      { kind: 'event', time: '2026-01-15T09:00:00.000Z', level: 'info', msg: 'listening', fortigate: 'x' },
      { kind: 'lost', events: 1 },
    ].map((line) => Buffer.from(JSON.stringify(line))),
  },
};
