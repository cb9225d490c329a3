import type { Actions, ConnectorForm } from '../../state/actions.ts';
import type { ConnectorRow } from '../../state/changes.ts';
import type { FormDefinition } from '../input/form.ts';

/** The form of an EMS connector, to be added or changed. */
export function connectorForm(form: ConnectorForm, actions: Actions): FormDefinition {
  return {
    title: form.connector === null ? 'New EMS connector' : `EMS connector ${form.connector}`,
    lines: [],
    fields: form.fields,
    verb: 'Save',
    check: form.check,
    submit: (values) => actions.saveConnector(form, values),
  };
}

/** The worst that can be done to a connector: its name has to be typed. */
export function removalForm({ id, server }: ConnectorRow, actions: Actions): FormDefinition {
  return {
    title: `Delete the EMS connector ${id}?`,
    lines: [
      `Its entry${server === '' ? '' : ` for ${server}`} is taken out of the configuration file, and the connector stops.`,
      'The accepted certificate stays in the trust store. To go ahead, type its name.',
      '',
    ],
    fields: [
      {
        key: 'name',
        kind: 'text',
        value: '',
        fallback: '',
        required: true,
        note: `the name of the connector: ${id}`,
        choices: [],
      },
    ],
    verb: 'Delete',
    check: ({ name }): Record<string, string> => (name === id ? {} : { name: `type ${id} to go ahead` }),
    submit: () => actions.removeConnector(id),
  };
}
