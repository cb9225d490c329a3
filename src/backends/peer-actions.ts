import { safeText } from '../safe-text.ts';
import type { ActionResult, Actions } from '../state/actions.ts';
import type { EmsAdminSource } from './ems-admin.ts';
import type { FortigateSource } from './fortigate/source.ts';

/** The actions that reach the administrators' sides and the FortiGates; `admins` by the name of their connector. */
export function peerActions(
  admins: ReadonlyMap<string, EmsAdminSource>,
  fortigates: readonly FortigateSource[],
): Pick<
  Actions,
  | 'authorizeDevice'
  | 'verifyOnFortigate'
  | 'unverifyOnFortigate'
  | 'logOffOnFortigate'
  | 'refreshAdmin'
  | 'refreshFortigate'
  | 'readPolicies'
> {
  const ofAdmin = async (connector: string, act: (source: EmsAdminSource) => Promise<ActionResult>) => {
    const source = admins.get(connector);
    return source === undefined ? noAdmin(connector) : act(source);
  };
  const ofRow = async (row: string, act: (source: FortigateSource) => Promise<ActionResult>) => {
    const source = fortigates.find((each) => each.owns(row));
    return source === undefined ? noFortigate(row) : act(source);
  };
  return {
    authorizeDevice: (connector, serial) => ofAdmin(connector, (source) => source.authorize(serial)),
    refreshAdmin: (connector) => ofAdmin(connector, (source) => source.refresh()),
    verifyOnFortigate: (row, fingerprint) => ofRow(row, (source) => source.verify(row, fingerprint)),
    unverifyOnFortigate: (row) => ofRow(row, (source) => source.unverify(row)),
    logOffOnFortigate: (row) => ofRow(row, (source) => source.logOff(row)),
    refreshFortigate: async (name) =>
      fortigates.find((each) => each.name === name)?.refresh() ?? noFortigate(name),
    readPolicies: async (name) =>
      fortigates.find((each) => each.name === name)?.readPolicies() ?? noFortigate(name),
  };
}

function noAdmin(connector: string): ActionResult {
  return {
    ok: false,
    problem: {
      stage: 'configuration',
      code: null,
      message: `No administrator is configured for the connector "${safeText(connector)}"`,
      cause: 'Its entry of the configuration has no admin.',
      fix: ['Add admin with a name and a password to the entry (docs/cli.md, Configuration).'],
    },
  };
}

function noFortigate(name: string): ActionResult {
  return {
    ok: false,
    problem: {
      stage: 'configuration',
      code: null,
      message: `There is no FortiGate "${safeText(name)}"`,
      cause: 'The name is not in the configuration, or it has no such connector.',
      fix: ['Choose one of the list.'],
    },
  };
}
