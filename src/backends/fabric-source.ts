import type { Clock } from '../clock.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Received } from '../ems/fabric/transport.ts';
import { followedFabric, syncedConfig } from './fabric-config.ts';
import {
  conflictLines,
  type FabricLine,
  fabricSource,
  problemLine,
  rootLine,
  takeLines,
} from './fabric-events.ts';
import type { FabricSetup, MemberSetup, RootSetup } from './fabric-setup.ts';
import type { Sink, Source } from './source.ts';

/** How the source is called among those of the dashboard. */
export const fabricKind = 'fabric';

/** Called with the configuration of a member whenever another revision is in force. */
export type OnSynced = (loaded: LoadedConfig) => void;

/** The synchronisation as a source of the dashboard: a root publishes, a member follows; both tell it in the event log. */
export function createFabricSource(setup: FabricSetup, clock: Clock, onSynced: OnSynced = () => {}): Source {
  let sink: Sink = () => {};
  const tell = (line: FabricLine): void =>
    sink({ table: 'events', op: 'append', row: { ...line, time: clock.now() } });
  const running = setup.role === 'root' ? publish(setup, tell) : follow(setup, tell, onSynced);
  return {
    name: fabricSource,
    start(given) {
      sink = given;
      running.start();
    },
    async stop() {
      await running.stop();
      sink = () => {};
    },
  };
}

interface Running {
  start(): void;
  stop(): Promise<void>;
}

function publish({ root, publishers }: RootSetup, tell: (line: FabricLine) => void): Running {
  return {
    start: () =>
      root.start((report) =>
        tell(
          rootLine(
            report,
            publishers.map(({ place }) => place),
          ),
        ),
      ),
    stop: () => root.stop(),
  };
}

function follow(setup: MemberSetup, tell: (line: FabricLine) => void, onSynced: OnSynced): Running {
  const { member, subscriber, loaded } = setup;
  let work: Promise<void> = Promise.resolve();
  // The same failure at every look is one event.
  let failure = '';
  const take = async (received: Received): Promise<void> => {
    if (received.kind === 'unchanged' || received.kind === 'absent') return;
    if (received.kind === 'failed') {
      if (received.problem.message !== failure) tell(problemLine(received.problem, 'warning'));
      failure = received.problem.message;
      return;
    }
    const result = await member.take(received.octets);
    const before = failure;
    failure = result.kind === 'refused' ? result.problem.message : '';
    if (failure !== '' && failure === before) return;
    for (const line of takeLines(result)) tell(line);
    if (result.kind !== 'applied') return;
    const synced = syncedConfig(loaded, result.applied);
    for (const line of conflictLines(synced.conflicts)) tell(line);
    onSynced(synced.loaded);
  };
  return {
    start() {
      if (followedFabric(loaded) === null) return;
      // What an earlier run could not finish comes first; what it did needs no line.
      work = work.then(async () => {
        const result = await member.reconcile();
        if (result?.kind === 'refused') for (const line of takeLines(result)) tell(line);
      });
      subscriber.subscribe((received) => {
        work = work.then(() => take(received));
      });
    },
    async stop() {
      await subscriber.close();
      await work;
    },
  };
}
