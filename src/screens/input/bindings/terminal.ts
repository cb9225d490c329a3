import type { Binding } from '../binding.ts';

export const terminalBindings: readonly Binding[] = [
  {
    id: 'app.command',
    keys: [':'],
    command: 'command',
    help: 'Type a command by its name: Tab completes it, Up and Down recall earlier ones',
    group: 'Terminal',
    hint: 'Command',
    run: (controls) => controls.openCommandBar(),
  },
  {
    id: 'app.help',
    keys: ['?'],
    command: 'help',
    argument: 'topic',
    help: 'List every key, Enter runs the selected one; ":help COMMAND" finds one, ":help filter" tells how filters are written',
    group: 'Terminal',
    hint: 'Help',
    run: (controls, { argument }) => controls.openHelp(argument),
  },
  {
    id: 'app.skin',
    keys: [],
    command: 'skin',
    argument: 'skin',
    help: 'Change the colours: ansi, bright, mono, or a .yaml file; ui.skin of the configuration keeps them',
    group: 'Terminal',
    run: (controls, { argument }) => {
      if (argument === undefined) controls.openCommandBar('skin ');
      else controls.chooseSkin(argument);
    },
  },
  {
    id: 'app.record',
    keys: [],
    command: 'record',
    argument: 'file',
    help: 'Record what peers send into a new file for "fabrictop replay", names redacted with --redact-names behind it; ":record off" ends it',
    group: 'Terminal',
    disabled: ({ replay }) => (replay ? 'This is a replay: it is recorded already' : undefined),
    run: (controls, { argument }) => {
      if (argument === undefined) controls.openCommandBar('record ');
      else {
        const file = argument.replace(/\s+--redact-names$/, '');
        controls.record(file === 'off' ? null : file, file !== argument);
      }
    },
  },
  {
    id: 'app.repaint',
    keys: ['ctrl+l'],
    command: 'repaint',
    help: 'Paint the whole screen again',
    group: 'Terminal',
    always: true,
    run: (controls) => controls.repaint(),
  },
  {
    id: 'app.suspend',
    keys: ['ctrl+z'],
    command: 'suspend',
    help: 'Give the shell its terminal; fg comes back',
    group: 'Terminal',
    always: true,
    run: (controls) => controls.suspend(),
  },
  {
    id: 'app.quit',
    keys: ['q'],
    command: 'quit',
    help: 'Quit; what help or a question covers is closed first',
    group: 'Terminal',
    hint: 'Quit',
    run: (controls) => controls.quit(),
  },
  {
    id: 'app.interrupt',
    keys: ['ctrl+c'],
    fixed: true,
    command: 'exit',
    help: 'Quit at once from anywhere',
    group: 'Terminal',
    always: true,
    run: (controls) => controls.quit(),
  },
];
