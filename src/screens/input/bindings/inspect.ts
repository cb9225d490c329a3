import { type Binding, needsOurs } from '../binding.ts';

/** What passes over a link, message by message. */
export const inspectBindings: readonly Binding[] = [
  {
    id: 'screen.inspector',
    keys: ['x'],
    command: 'inspect',
    aliases: ['messages'],
    help: 'Show the messages of the link to the selected collector as they come; Enter opens one with all its attributes',
    group: 'Screens',
    hint: 'Messages',
    hintLast: true,
    hintOn: ['collectors', 'link'],
    on: ['collectors', 'link'],
    disabled: needsOurs,
    run: (controls) => {
      const { collector } = controls.situation;
      if (collector) controls.show('inspector', collector.id);
    },
  },
];
