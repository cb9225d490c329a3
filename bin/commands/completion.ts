import { Argument } from 'commander';
import type { AddCommand } from '../cli.ts';

const usage = `
Examples:
  eval "$(fabrictop completion bash)"     in ~/.bashrc
  eval "$(fabrictop completion zsh)"      in ~/.zshrc, after compinit
  fabrictop completion fish > ~/.config/fish/completions/fabrictop.fish
`;

/** `completion SHELL`: prints a script; and the hidden command that the scripts ask for connector names. */
export const addCompletion: AddCommand = (program) => {
  program
    .command('completion')
    .description('print a script that completes commands, options and connector names')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', usage)
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completables } = await import('../completion/words.ts');
      const write = {
        bash: async () => (await import('../completion/bash.ts')).bashCompletion,
        zsh: async () => (await import('../completion/zsh.ts')).zshCompletion,
        fish: async () => (await import('../completion/fish.ts')).fishCompletion,
      };
      const script = await write[shell]();
      process.stdout.write(script(completables(program)));
    });
  program
    .command('__names', { hidden: true })
    .addArgument(new Argument('<section>').choices(['ems', 'fsso', 'fortigate']))
    .action(async (section: 'ems' | 'fsso' | 'fortigate') => {
      const { loadConfig } = await import('../../src/config/load.ts');
      const { config } = await loadConfig(program.opts<{ config?: string }>().config, process.env);
      const names = config[section].map(({ name }) => name);
      // Shells expand what they are given as words, so a name with anything else in it is left to be typed.
      process.stdout.write(
        names
          .filter((name) => /^[\w.@-]+$/.test(name))
          .map((name) => `${name}\n`)
          .join(''),
      );
    });
};
