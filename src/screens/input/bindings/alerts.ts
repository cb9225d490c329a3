import type { Binding } from '../binding.ts';

/** The list of alerts, and what a person does with one. */
export const alertBindings: readonly Binding[] = [
  {
    id: 'screen.alerts',
    keys: ['!'],
    command: 'alerts',
    argument: 'filter',
    help: 'Show the alerts: what the rules of the configuration find wrong',
    group: 'Screens',
    run: (controls, { argument }) => controls.show('alerts', undefined, argument ?? ''),
  },
  {
    id: 'alert.acknowledge',
    keys: ['a'],
    command: 'acknowledge',
    help: 'Say that the selected alert has been seen; it stays on the list until it is resolved',
    group: 'Act',
    hint: 'Acknowledge',
    on: ['alerts'],
    disabled: ({ alert }) => {
      if (!alert) return 'There is no alert to acknowledge';
      if (alert.state !== 'firing') return 'Only an alert that fires is acknowledged';
      return alert.acknowledgedAt === null ? undefined : 'It is acknowledged already';
    },
    run: (controls) => {
      const { alert } = controls.situation;
      if (alert)
        controls.act(`Acknowledging ${alert.rule}`, () => controls.actions.acknowledgeAlert(alert.id));
    },
  },
];
