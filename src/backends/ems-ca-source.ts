import type { TrustStore } from '../ems/trust.ts';
import type { CaRow } from '../state/changes.ts';
import type { Sink, Source } from './source.ts';

/** The adapter of the installed CAs: a row for each, at once and after every change of the trust store. */
export function createCaSource(trust: TrustStore): Source {
  let ids = new Set<string>();
  let unsubscribe = () => {};

  const put = (sink: Sink): void => {
    const rows = trust.installedCas().map(({ details, configured, imported }): CaRow => {
      const { subject, issuer, sha256, validFrom, validTo } = details;
      return { id: sha256, subject, issuer, sha256, validFrom, validTo, configured, imported };
    });
    const now = new Set(rows.map(({ id }) => id));
    for (const id of ids) if (!now.has(id)) sink({ table: 'cas', op: 'remove', id });
    for (const row of rows) sink({ table: 'cas', op: 'put', row });
    ids = now;
  };

  return {
    name: 'installed CAs',
    start(sink) {
      unsubscribe = trust.onChange(() => put(sink));
      put(sink);
    },
    async stop() {
      unsubscribe();
    },
  };
}
