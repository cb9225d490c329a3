import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import type { FssoSource } from '../fsso-connector.ts';
import { type ControlRequest, controlVersion, requestSchema } from './protocol.ts';

/** What a dashboard lets commands reach. */
export interface Reach {
  /** Path of its configuration. */
  readonly configuration: string;
  /** Its FSSO connectors of the moment. */
  sources(): readonly FssoSource[];
  /** Told what a command has changed, one line. */
  done(text: string): void;
}

/** Does what one line asks for, and gives the answer. Never throws. */
export async function answerTo(given: unknown, reach: Reach): Promise<object> {
  const request = requestSchema.safeParse(given);
  if (!request.success) return refused('the request is not understood', 'use the same version of fabrictop');
  if (request.data.ask === 'hello')
    return {
      ok: true,
      version: controlVersion,
      pid: process.pid,
      configuration: reach.configuration,
      connectors: reach.sources().map(({ name }) => name),
    };
  const { connector } = request.data;
  const source = reach.sources().find(({ name }) => name === connector);
  if (source === undefined)
    return refused(`there is no FSSO connector "${safeText(connector)}"`, 'name one of its connectors');
  return answerBy(source, request.data, reach);
}

async function answerBy(
  source: FssoSource,
  request: Exclude<ControlRequest, { ask: 'hello' }>,
  reach: Reach,
): Promise<object> {
  switch (request.ask) {
    case 'refresh-logons': {
      const outcome = await source.awaitLogons(request.timeoutMs);
      if (outcome.ok)
        reach.done(`A command let ${source.name} ask for all its logons: ${outcome.records} came`);
      return outcome;
    }
    case 'count-logons':
      return source.countLogons(request.choice);
    case 'clear-logons': {
      const cleared = await source.clearLogons(request.choice);
      if (cleared.ok) reach.done(`A command cleared ${cleared.count} logons of ${source.name}`);
      return cleared;
    }
  }
}

function refused(message: string, fix: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { stage: 'control', code: null, message, cause: '', fix: [fix] } };
}
