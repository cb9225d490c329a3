import { editRefusal, type SyncedFrom } from '../fabric-sync.ts';
import type { ActionResult, ConnectorForm } from '../state/actions.ts';
import type { ConnectorActions } from './connector-forms.ts';

/**
 * The actions that edit EMS entries, without what belongs to the root of the Fabric (docs/fabric.md, What a member does with
 * entries). `syncedOf` says whose settings an entry has at the moment.
 */
export function guardSynced(
  actions: ConnectorActions,
  syncedOf: (connector: string) => SyncedFrom | null,
): ConnectorActions {
  const refused = (connector: string, option?: string): ActionResult | null => {
    const problem = editRefusal({ synced: syncedOf(connector) }, option);
    return problem === null ? null : { ok: false, problem };
  };
  /** Fields of the root that somebody typed another value into. */
  const touched = ({ connector, fields }: ConnectorForm, values: Readonly<Record<string, string>>) =>
    fields.filter(
      ({ key, value }) =>
        (values[key] ?? value) !== value && connector !== null && refused(connector, key) !== null,
    );

  return {
    async openConnectorForm(connector) {
      const offer = await actions.openConnectorForm(connector);
      if (connector === null) return offer;
      const problem = editRefusal({ synced: syncedOf(connector) });
      if (problem === null) return offer;
      // Only the root has this entry: the file holds nothing of it that could be edited.
      if (!offer.ok) return { ok: false, problem };
      const { form } = offer;
      const check: ConnectorForm['check'] = (values) => ({
        ...form.check(values),
        ...Object.fromEntries(touched(form, values).map(({ key }) => [key, problem.message])),
      });
      return { ok: true, form: { ...form, check } };
    },
    async saveConnector(form, values) {
      const [field] = touched(form, values);
      const refusal =
        form.connector === null
          ? refused(values['name'] ?? '')
          : field
            ? refused(form.connector, field.key)
            : null;
      return refusal ?? actions.saveConnector(form, values);
    },
    switchConnector: async (connector, on) => refused(connector) ?? actions.switchConnector(connector, on),
    removeConnector: async (connector) => refused(connector) ?? actions.removeConnector(connector),
  };
}
