import type { Command } from 'commander';
import { isScenario, type ScenarioName, scenarios } from '../../src/lab/scenario.ts';
import { type AddCommand, CommandFailure } from '../cli.ts';
import { openRecording, type RecordOptions } from '../recording.ts';
import {
  addDashboardOptions,
  type DashboardOptions,
  drawnWith,
  requireTerminal,
  runDashboard,
} from './dashboard.ts';

interface DemoOptions extends DashboardOptions, RecordOptions {
  write?: boolean;
  scenario: string;
  config?: string;
  skin?: string;
}

function readScenario(name: string): ScenarioName {
  if (isScenario(name)) return name;
  throw new CommandFailure(`--scenario: found ${name}, expected one of ${Object.keys(scenarios).join(', ')}`);
}

/** The lab as the configured targets of an ordinary dashboard, in a private directory that goes with it. */
async function showDemo(options: DemoOptions): Promise<void> {
  requireTerminal();
  const scenario = readScenario(options.scenario);
  const [
    { systemClock },
    { Inspector },
    { createDemo },
    { WriteGuard },
    { controlDirectory },
    { createLook, mistakeSource, openSkin, readOwnUi },
  ] = await Promise.all([
    import('../../src/clock.ts'),
    import('../../src/backends/inspector.ts'),
    import('../demo-targets.ts'),
    import('../../src/verbs.ts'),
    import('../../src/config/paths.ts'),
    import('../look.ts'),
  ]);
  const { chosen, mistake } = await readOwnUi(options.config, process.env);
  const skin = options.skin === undefined ? chosen.skin : await openSkin(options.skin, process.cwd());
  const { watch, recording } = await openRecording(options.record, options, systemClock);
  const inspection = new Inspector(watch.traffic, systemClock);
  const demo = createDemo(scenario, systemClock, new WriteGuard(options.write === true), {
    watch,
    control: controlDirectory(process.env),
  });
  let status: number;
  try {
    status = await runDashboard(
      {
        ...demo.targets,
        sources: [...demo.targets.sources, ...mistakeSource(mistake)],
        clock: systemClock,
        banner: `demo: ${scenario}`,
        look: createLook({ ...chosen, skin }, drawnWith(options)),
        inspection,
        recording,
      },
      options,
    );
  } finally {
    await demo.close();
    await recording.close('the demo was left');
  }
  process.exit(status);
}

const widest = Math.max(...Object.keys(scenarios).map((name) => name.length));
const scenarioList = Object.entries(scenarios)
  .map(([name, { about }]) => `  ${name.padEnd(widest + 2)}${about}`)
  .join('\n');

const labFiles = `The files of the lab are in fabrictop-demo-... in the temporary directory: its configuration, which other
commands take with --config, and acquired-ca.pem, the CA that the EMS connector "acquired" lacks; I imports it.`;

/** `fabrictop demo`: the dashboard on the embedded lab; no configuration, no network (docs/cli.md). */
export const addDemo: AddCommand = (program) => {
  const demo = program
    .command('demo')
    .description('the dashboard on a lab of real servers on loopback')
    .option('--scenario <name>', 'what the lab plays', 'office')
    .option(
      '--skin <name>',
      'colours: ansi, bright, mono, or a .yaml file of your own (default: that of the configuration)',
    )
    .addHelpText(
      'after',
      `\nScenarios:\n${scenarioList}\n\n${labFiles}\n\nExamples:\n  fabrictop demo\n  fabrictop demo --scenario outage\n`,
    );
  addDashboardOptions(demo).action((_: unknown, command: Command) =>
    showDemo(command.optsWithGlobals<DemoOptions>()),
  );
};
