import type { CaRow, ConnectorRow } from './changes.ts';

/** Whether the chain that a connector was shown leads to this CA, as itself or as what signed the last link. */
export function leadsTo({ chain, trusted }: ConnectorRow, ca: CaRow): boolean {
  if (chain.some(({ sha256 }) => sha256 === ca.sha256)) return true;
  const last = chain.at(-1);
  return trusted && last !== undefined && last.issuer === ca.subject;
}

/** Names of the connectors whose chains lead to this CA, in their order. */
export function chainsTo(ca: CaRow, connectors: Iterable<ConnectorRow>): string[] {
  return [...connectors]
    .filter((row) => leadsTo(row, ca))
    .map(({ name }) => name)
    .sort();
}
