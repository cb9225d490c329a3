import type { LinkReport } from '../fsso/gate/changes.ts';
import type { LinkTraffic } from '../fsso/gate/traffic.ts';
import type { LogonRecord } from '../fsso/wire/messages.ts';
import type { FssoSetup } from './fsso-setup.ts';
import type { Recorder } from './recording/recorder.ts';

/** Where a connector stands, for whoever begins to record in the middle. */
export interface ConnectorPicture {
  readonly links: readonly LinkReport[];
  readonly logons: Iterable<{ readonly server: string; readonly record: LogonRecord }>;
}

/** Who is told what a recording needs to know, whether one is being made or not. */
export interface RecordingEar extends Pick<Recorder, 'stopped' | 'did' | 'random' | 'changed'> {
  /** A connector starts; `picture` tells at any time where it stands. */
  started(setup: FssoSetup, picture: () => ConnectorPicture): void;
}

/** Who hears what passes over the links of a dashboard. */
export interface LinkWatch {
  readonly traffic: LinkTraffic;
  readonly recorder: RecordingEar | null;
}
