import type { Clock } from '../clock.ts';
import {
  type AgentlessReport,
  agentlessDetail,
  agentlessDocument,
  agentlessSummary,
  agentlessUsers,
} from '../fsso/collector/agentless-text.ts';
import { safeJson } from '../safe-json.ts';
import type { OnceResult } from './fsso-once.ts';
import { agentlessTable } from './fsso-polling.ts';
import type { FssoPollingSetup } from './fsso-polling-setup.ts';
import { problemLine } from './fsso-reading.ts';

export type PollingOutput = 'summary' | 'detail' | 'user';

const texts: Readonly<Record<PollingOutput, (reports: readonly AgentlessReport[]) => string>> = {
  summary: agentlessSummary,
  detail: agentlessDetail,
  user: agentlessUsers,
};

/** Until the groups of everybody who was read are known at most, in milliseconds, and between two looks. */
const groupsWithin = 5000;
const lookEvery = 50;

/** Polls each domain controller once, and says what that gave. */
export async function pollOnce(
  setups: readonly FssoPollingSetup[],
  clock: Clock,
  what: PollingOutput,
  json: boolean,
): Promise<OnceResult> {
  const reports = await Promise.all(setups.map((setup) => reportOf(setup, clock)));
  const failed = reports.flatMap(({ controller: { name, problem } }) =>
    problem === null ? [] : [problemLine(name, problem)],
  );
  return {
    output: json ? safeJson(agentlessDocument(reports)) : texts[what](reports),
    diagnostics: failed,
    isHealthy: failed.length === 0,
  };
}

async function reportOf(setup: FssoPollingSetup, clock: Clock): Promise<AgentlessReport> {
  const { config } = setup;
  const table = agentlessTable(setup, clock, { changed: () => {}, report: () => {} });
  await table.start();
  try {
    await table.poll();
    const end = clock.now() + groupsWithin;
    while (table.waiting > 0 && clock.now() < end)
      await new Promise<void>((resume) => clock.after(lookEvery, resume));
    const { controller } = table;
    if (controller === null) throw new Error('nothing was polled');
    return {
      ...{ id: config.id, server: config.server, port: config.port, user: config.user, groups: config.adgrp },
      frequencySeconds: config['polling-frequency'],
      controller,
      directories: table.directories,
      logons: table.logons,
    };
  } finally {
    await table.stop();
  }
}
