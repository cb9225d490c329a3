import type { LinkTraffic } from '../fsso/gate/traffic.ts';
import type { Recorder } from './recording/recorder.ts';

/** Who hears what passes over the links of a dashboard: a recording, where one is made. */
export interface LinkWatch {
  readonly traffic: LinkTraffic;
  readonly recorder: Pick<Recorder, 'started' | 'stopped' | 'did' | 'random' | 'changed'> | null;
}
