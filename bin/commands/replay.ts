import type { Command } from 'commander';
import type { Entry } from '../../src/backends/recording/format.ts';
import { replaySpeeds } from '../../src/replay.ts';
import type { ActionResult, Actions } from '../../src/state/actions.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';
import type { Configured } from '../targets.ts';
import {
  addDashboardOptions,
  type DashboardOptions,
  drawnWith,
  requireTerminal,
  runDashboard,
} from './dashboard.ts';

interface Options extends DashboardOptions {
  config?: string;
  speed: string;
}

function readSpeed(text: string): number {
  const speed = /^\d{1,4}([.]\d{1,2})?$/.test(text) ? Number(text) : 0;
  if (speed < replaySpeeds.slowest || speed > replaySpeeds.fastest)
    throw new CommandFailure(
      `--speed: found ${text}, expected a number from ${replaySpeeds.slowest} to ${replaySpeeds.fastest}`,
    );
  return speed;
}

const refusal: ActionResult = {
  ok: false,
  problem: {
    stage: 'replay',
    code: null,
    message: 'this is a replay: there is nobody who could be asked',
    cause: 'What is shown was recorded.',
    fix: ['start "fabrictop" for the live connectors'],
  },
};

/** Every action is refused in the same words: none of them has a peer. */
const refused = new Proxy({} as Actions, { get: () => async () => refusal });

/** What the recording has of each kind. */
function configuredIn(entries: readonly Entry[]): Configured {
  const ids = { connectors: new Set<string>(), admins: new Set<string>(), fortigates: new Set<string>() };
  const fsso = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'connector') fsso.add(entry.config.name);
    if (entry.kind !== 'change' || entry.change.op !== 'put') continue;
    const { table, row } = entry.change;
    if (table === 'connectors' || table === 'admins' || table === 'fortigates') ids[table].add(row.id);
  }
  return {
    ems: ids.connectors.size,
    fsso: fsso.size,
    admins: ids.admins.size,
    fortigates: ids.fortigates.size,
    attached: 0,
    alertRules: 0,
    whyFixed: 'this is a replay',
  };
}

async function replay(file: string, options: Options): Promise<void> {
  requireTerminal();
  const speed = readSpeed(options.speed);
  const [
    { readRecording },
    { RecordingError },
    { Player },
    { LinkTraffic },
    { Inspector },
    { systemClock },
    { createLook, mistakeSource, readOwnUi },
  ] = await Promise.all([
    import('../../src/backends/recording/reader.ts'),
    import('../../src/backends/recording/format.ts'),
    import('../../src/backends/recording/player.ts'),
    import('../../src/fsso/gate/traffic.ts'),
    import('../../src/backends/inspector.ts'),
    import('../../src/clock.ts'),
    import('../look.ts'),
  ]);
  const recording = await readRecording(file).catch((error: unknown) => {
    if (error instanceof RecordingError) throw new CommandFailure(error.message, exitStatus.down);
    throw error;
  });
  const { chosen, mistake } = await readOwnUi(options.config, process.env);
  const traffic = new LinkTraffic();
  const player: InstanceType<typeof Player> = new Player({
    recording,
    clock: systemClock,
    traffic,
    speed,
    rewound: () => inspection.clear(),
  });
  const inspection = new Inspector(traffic, player.clock);
  const status = await runDashboard(
    {
      sources: [player, ...mistakeSource(mistake)],
      actions: refused,
      configured: configuredIn(recording.entries),
      write: false,
      clock: player.clock,
      banner: 'REPLAY',
      look: createLook(chosen, drawnWith(options)),
      replay: player,
      inspection,
    },
    options,
  );
  process.exit(status);
}

const examples = `
The links of the recording are read by the same decoders and tables as live ones, on a clock of their own. In the
dashboard z pauses, . steps, { and } jump by ten seconds, ( and ) by a minute, T to a time; S sets the speed.

Examples:
  fabrictop replay monday.rec.gz
  fabrictop replay ticket-4711.rec --speed 60
`;

/** `fabrictop replay`: the dashboard on a recording (docs/recording.md). */
export const addReplay: AddCommand = (program) => {
  const command = program
    .command('replay')
    .description('play a recording in the dashboard')
    .argument('<file>', 'what "fabrictop record" wrote')
    .option('--speed <n>', 'so many times as fast as it was recorded', '1')
    .addHelpText('after', examples);
  addDashboardOptions(command).action((file: string, _: unknown, own: Command) =>
    replay(file, own.optsWithGlobals<Options>()),
  );
};
