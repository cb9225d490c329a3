import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { CommandFailure } from '../../bin/cli.ts';
import { commandPath, everyCommand } from '../../bin/command-tree.ts';
import { buildProgram, runProgram } from '../../bin/program.ts';

/** What a command line is refused with. */
async function refusal(...argv: string[]): Promise<string> {
  const error = await runProgram(buildProgram(), argv).catch((caught: unknown) => caught);
  if (!(error instanceof CommandFailure)) return `no failure: ${String(error)}`;
  expect(error.status).toBe(2);
  return error.message;
}

test.each([
  [['confg'], 'unknown command "confg": did you mean config?'],
  [['confg', 'check', '--json'], 'unknown command "confg": did you mean config?'],
  [['--config', 'x', 'hepl'], 'unknown command "hepl": did you mean help?'],
  [['config', 'chekc'], 'unknown command "config chekc": did you mean check?'],
  [['config'], 'config needs a command: check, import'],
  [['help', 'config', 'chekc'], 'unknown command "config chekc": did you mean check?'],
  [['--confg', 'x'], `unknown option '--confg' (Did you mean --config?) (see "fabrictop help")`],
  [['--config'], `option '--config <file>' argument missing (see "fabrictop help")`],
  [['completion'], `missing required argument 'shell' (see "fabrictop help completion")`],
  [
    ['config', 'check', 'a', 'b'],
    expect.stringMatching(/^too many arguments for 'check'.*\(see "fabrictop help config check"\)$/),
  ],
])('%j is refused with one line that helps', async (argv, line) => {
  const message = await refusal(...argv);
  expect(message).toEqual(line);
  expect(message).not.toContain('\n');
});

test('what is near no command is told with all of them', async () => {
  expect(await refusal('xyzzy')).toMatch(
    /^unknown command "xyzzy": expected one of .*config, completion, help$/,
  );
});

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

describe('the help of every command', () => {
  const commands = [...everyCommand(buildProgram())].filter((command) => !command.name().startsWith('__'));
  test.each(commands.map((command) => [commandPath(command), command] as const))(
    '%s is complete',
    (_, command) => {
      expect(command.description()).not.toBe('');
      for (const option of command.options) expect(option.description, option.flags).not.toBe('');
      for (const argument of command.registeredArguments)
        expect(argument.description, argument.name()).not.toBe('');
      const help = helpOf(command);
      if (command.commands.length === 0) expect(help).toMatch(/Examples?:\n {2}/);
      for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    },
  );
});
