import type { Clock } from '../../clock.ts';
import type { Config } from '../../config/schema.ts';
import type { WhyHistory } from '../../fsso/why/facts.ts';
import type { Actions } from '../../state/actions.ts';
import type { WhyQuestion } from '../../why-report.ts';
import type { AttachedTarget } from '../attached/source.ts';
import type { FortigateTarget } from '../fortigate/setup.ts';
import type { FssoSource } from '../fsso-connector.ts';
import { historyActions } from '../history/actions.ts';
import type { HistoryRecorder } from '../history/recorder.ts';
import { answerWhy, type WhyAsked } from './answer.ts';
import { askCollectors } from './collectors.ts';
import { historyQuestion } from './history.ts';
import { knownPolicies } from './policies.ts';
import { toldBy } from './told.ts';

/** What a dashboard explains from: its running connectors, and who is asked beside them. */
export interface WhyTargets {
  readonly sources: readonly Pick<FssoSource, 'why'>[];
  readonly config: Pick<Config, 'identity' | 'policies' | 'user-groups' | 'addresses'>;
  readonly fortigates: readonly FortigateTarget[];
  readonly history: HistoryRecorder | null;
  /** Collectors that are attached. */
  readonly collectors: readonly AttachedTarget[];
  readonly clock: Clock;
  /** Asks the directory of a connector; absent: none is asked. */
  readonly directory?: WhyAsked['directory'];
}

/** The action that explains why somebody is allowed or denied, from the tables of the moment. */
export function whyActions({
  sources,
  config,
  fortigates,
  history,
  collectors,
  clock,
  directory,
}: WhyTargets): Pick<Actions, 'askWhy'> {
  const { askHistory } = historyActions(history);
  const intervals = async (question: WhyQuestion): Promise<WhyHistory> => {
    const answer = await askHistory(historyQuestion(question));
    return answer.ok ? { rows: answer.rows } : { rows: null, reason: answer.problem.message };
  };
  return {
    async askWhy(question) {
      const report = await answerWhy(question, {
        clock,
        vdom: config.identity?.vdom ?? 'root',
        sourceInterface: null,
        destinationInterface: null,
        sources: sources.map((source) => source.why()),
        told: (asked) => toldBy(asked, fortigates, clock.now()),
        history: intervals,
        policies: () => knownPolicies(config, fortigates),
        collectors: (subject) => askCollectors(collectors, subject, clock),
        ...(directory && { directory }),
      });
      return { ok: true, report };
    },
  };
}
