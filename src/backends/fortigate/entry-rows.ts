import type { FortigateRow } from '../../state/changes.ts';
import type { FortigateConnector } from './reading.ts';
import type { Entry } from './snapshot.ts';

/** Id of the row of one EMS connector. */
export function rowId(fortigate: string, { name, id, vdom }: FortigateConnector): string {
  return `${fortigate}|${name === '' ? `number ${id}` : name}${vdom === null ? '' : `|${vdom}`}`;
}

/** What the rows of one FortiGate share. */
export type SharedFacts = Pick<
  FortigateRow,
  'fortigate' | 'serial' | 'version' | 'lastSuccess' | 'nextTryAt' | 'problem'
>;

export function entryRow(id: string, { connector, certificate }: Entry, facts: SharedFacts): FortigateRow {
  const {
    id: number,
    serialNumber: emsSerial,
    cloud: _cloud,
    capabilities: _capabilities,
    ...said
  } = connector;
  return {
    ...said,
    id,
    ...facts,
    number,
    emsSerial,
    certificate: connector.certificate ?? certificate?.status ?? null,
    fingerprint: certificate?.fingerprint ?? null,
    subject: certificate?.subject ?? null,
    issuer: certificate?.issuer ?? null,
    validTo: certificate?.validTo ?? null,
  };
}

/** A FortiGate that has not answered, or has no connector. */
export function aloneRow(name: string, facts: SharedFacts): FortigateRow {
  return {
    id: name,
    ...facts,
    name: null,
    number: null,
    vdom: null,
    enabled: null,
    server: null,
    connected: null,
    verified: null,
    status: null,
    connection: null,
    certificate: null,
    websocket: null,
    emsSerial: null,
    tenantId: null,
    dirtyReason: null,
    fingerprint: null,
    subject: null,
    issuer: null,
    validTo: null,
  };
}
