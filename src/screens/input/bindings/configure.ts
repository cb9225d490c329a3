import type { Binding } from '../binding.ts';
import type { Situation } from '../controls.ts';

const noRow = 'There is no connector to act on';

function ofRow(situation: Situation): string | undefined {
  return situation.whyFixed ?? (situation.connector === null ? noRow : undefined);
}

/** What changes our own configuration file. It concerns only ourselves, so it needs no `--write`, but a form or a yes. */
export const configureBindings: readonly Binding[] = [
  {
    id: 'configure.new',
    keys: ['N'],
    command: 'new-connector',
    help: 'Add an EMS connector to the configuration, with a form',
    group: 'Act',
    hint: 'New',
    hintLast: true,
    on: ['connectors'],
    disabled: ({ whyFixed }) => whyFixed ?? undefined,
    run: (controls) => controls.editConnector(null),
  },
  {
    id: 'configure.edit',
    keys: ['E'],
    command: 'edit-connector',
    help: 'Change the options of the EMS connector, with a form',
    group: 'Act',
    hint: 'Edit',
    hintLast: true,
    on: ['connectors'],
    disabled: ofRow,
    run: (controls) => {
      const { connector } = controls.situation;
      if (connector) controls.editConnector(connector.id);
    },
  },
  {
    id: 'configure.switch',
    keys: ['D'],
    command: 'disable',
    aliases: ['enable'],
    help: 'Disable the EMS connector, or enable it again',
    group: 'Act',
    harm: true,
    on: ['connectors'],
    disabled: ofRow,
    run: (controls) => {
      const { connector } = controls.situation;
      if (!connector) return;
      const { id, state } = connector;
      const on = state === 'disabled';
      const verb = on ? 'Enable' : 'Disable';
      controls.ask({
        title: `${verb} the EMS connector ${id}?`,
        lines: [
          ...(connector.server === '' ? [] : [['Server', connector.server] as const]),
          '',
          on
            ? 'Its entry gets status: enable, and it is tried at once.'
            : 'Its entry gets status: disable. The connector stops; what was accepted stays accepted.',
        ],
        yes: verb,
        action: () =>
          controls.act(`${on ? 'Enabling' : 'Disabling'} ${id}`, () =>
            controls.actions.switchConnector(id, on),
          ),
      });
    },
  },
  {
    id: 'configure.delete',
    keys: ['X'],
    command: 'delete-connector',
    help: 'Delete the EMS connector from the configuration; its name has to be typed',
    group: 'Act',
    harm: true,
    on: ['connectors'],
    disabled: ofRow,
    run: (controls) => {
      const { connector } = controls.situation;
      if (connector) controls.askRemoval(connector);
    },
  },
];
