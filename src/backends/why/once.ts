import { resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import { historyPath } from '../../config/history.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { WhyHistory } from '../../fsso/why/facts.ts';
import { safeText } from '../../safe-text.ts';
import { isAllowed, type WhyQuestion } from '../../why-report.ts';
import { attachedTargets } from '../attached/targets.ts';
import type { FortigateTarget } from '../fortigate/setup.ts';
import type { OnceResult } from '../fsso-once.ts';
import { readLogons } from '../fsso-reading.ts';
import type { FssoSetup } from '../fsso-setup.ts';
import { openForReading, reasonOf } from '../history/file.ts';
import { answers } from '../history/questions.ts';
import { answerWhy } from './answer.ts';
import { askCollectors } from './collectors.ts';
import { askDirectory } from './directory.ts';
import { whyConnector } from './gather.ts';
import { historyQuestion } from './history.ts';
import { whyDocument, whyText } from './output.ts';
import { knownPolicies } from './policies.ts';
import { toldBy } from './told.ts';

/** What `why` on the command line is asked. */
export interface WhyOnce {
  readonly question: WhyQuestion;
  readonly loaded: LoadedConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly setups: readonly FssoSetup[];
  readonly fortigates: readonly FortigateTarget[];
  readonly vdom: string;
  readonly sourceInterface: string | null;
  readonly destinationInterface: string | null;
  readonly timeoutMs: number;
  readonly json: boolean;
  readonly clock: Clock;
}

/** Reads every connector as `fsso list` does, asks history and policies, and explains (docs/cli.md, why). */
export async function whyOnce(options: WhyOnce): Promise<OnceResult> {
  const { question, loaded, env, setups, fortigates, clock, timeoutMs, json } = options;
  const readings = await Promise.all(setups.map((setup) => readLogons(setup, clock, timeoutMs)));
  const report = await answerWhy(question, {
    ...options,
    sources: readings.map((reading, index) => ({
      connector: whyConnector(setups[index] as FssoSetup, reading.links),
      logons: reading.logons,
    })),
    told: (asked) => toldBy(asked, fortigates, clock.now()),
    history: async (asked) => readHistory(loaded, env, asked, clock.now()),
    policies: () => knownPolicies(loaded.config, fortigates),
    collectors: (subject) => askCollectors(attachedTargets(loaded, []), subject, clock),
    directory: (who) => askDirectory(loaded, env, clock, who),
  });
  return {
    output: json ? whyDocument(report) : whyText(report),
    diagnostics: readings.flatMap(({ failure }) => failure ?? []),
    isHealthy: isAllowed(report),
  };
}

/** From the file, as `fsso history` reads it. */
function readHistory(
  { config, directory }: LoadedConfig,
  env: NodeJS.ProcessEnv,
  question: WhyQuestion,
  now: number,
): WhyHistory {
  const path = resolve(historyPath(config.history, directory, env));
  try {
    const database = openForReading(path);
    if (database === null) return { rows: null, reason: 'no history is recorded' };
    try {
      return { rows: [...answers(database, historyQuestion(question), now)] };
    } finally {
      database.close();
    }
  } catch (error) {
    return { rows: null, reason: `the history cannot be read: ${safeText(reasonOf(error).text)}` };
  }
}
