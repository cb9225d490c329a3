import type { ConnectorStatus } from '../ems/connector.ts';
import { type EmsTarget, targetText } from '../ems/examine.ts';
import { TrustStoreError } from '../ems/trust.ts';
import { safeText } from '../safe-text.ts';
import type { NewEvent } from '../state/changes.ts';

/**
 * Compares where a certificate was accepted with where it is shown now (docs/protocol/ems.md, Trust and pins): the tenant that
 * first answers after an acceptance is kept with it, and another server or tenant is told of once each.
 */
export class PlaceWatch {
  readonly #target: EmsTarget;
  readonly #told = new Set<string>();

  constructor(target: EmsTarget) {
    this.#target = target;
  }

  /** Events that are due for this status. */
  look({ pinned, session }: ConnectorStatus, now: number): NewEvent[] {
    const { name, trust } = this.#target;
    const pin = trust.pin(name);
    if (!pinned || pin === null) return [];
    const { tenantId } = session;
    if (tenantId !== null && pin.tenantId === null) this.#keep(tenantId);
    const server = targetText(this.#target);
    const texts: string[] = [];
    if (pin.server !== null && pin.server !== server)
      texts.push(`EMS certificate was accepted for ${pin.server}, and is shown by ${server}`);
    if (tenantId !== null && pin.tenantId !== null && tenantId !== pin.tenantId)
      texts.push(`EMS answers for tenant ${tenantId}, accepted was tenant ${pin.tenantId}`);
    const fresh = texts.filter((text) => !this.#told.has(text));
    for (const text of fresh) this.#told.add(text);
    return fresh.map((text) => ({
      time: now,
      level: 'warning',
      source: name,
      logId: null,
      text: safeText(text),
    }));
  }

  #keep(tenantId: string): void {
    const { name, trust } = this.#target;
    trust.keepTenant(name, tenantId).catch((error: unknown) => {
      // A store that cannot be written costs a later comparison, and its next change says why.
      if (!(error instanceof TrustStoreError)) throw error;
    });
  }
}
