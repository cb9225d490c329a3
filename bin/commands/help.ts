import type { AddCommand } from '../cli.ts';
import { unknownCommand } from '../command-tree.ts';

/** `help COMMAND...`: the same text as `COMMAND --help`. */
export const addHelp: AddCommand = (program) => {
  program
    .command('help')
    .description('print the help of a command')
    .argument('[command...]', 'the command, such as: ems verify')
    .addHelpText('after', '\nExample:\n  fabrictop help fsso list\n')
    .action((path: string[]) => {
      let command = program;
      for (const name of path) {
        const child = command.commands.find((each) => each.name() === name || each.aliases().includes(name));
        if (!child) throw unknownCommand(command, name);
        command = child;
      }
      command.outputHelp();
    });
};
