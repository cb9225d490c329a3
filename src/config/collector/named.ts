import type { CollectorConfig } from '../schema.ts';
import type { Secret } from '../values.ts';

// What stands in the section of a collector and is somewhere else: secrets, and files of certificates.

type Named<What> = readonly [key: string, what: What];

function present<What>(all: readonly Named<What | undefined>[]): Named<What>[] {
  return all.flatMap(([key, what]) => (what === undefined ? [] : [[key, what]]));
}

/** Every secret but the password that FortiGates and collectors share, by its key. */
export function collectorSecrets(collector: CollectorConfig): Named<Secret>[] {
  const { ntlm, polling, 'radius-accounting': radius, 'windows-events': windows } = collector;
  return present([
    ...(ntlm?.domains ?? []).map(
      ({ password }, index) => [`collector.ntlm.domains[${index}].password`, password] as const,
    ),
    ['collector.polling.password', polling?.password],
    ...(polling?.controllers ?? []).map(
      ({ password }, index) => [`collector.polling.controllers[${index}].password`, password] as const,
    ),
    ...(polling?.['exchange-servers'] ?? []).map(
      ({ password }, index) => [`collector.polling.exchange-servers[${index}].password`, password] as const,
    ),
    ...(radius?.clients ?? []).map(
      ({ secret }, index) => [`collector.radius-accounting.clients[${index}].secret`, secret] as const,
    ),
    ['collector.windows-events.http.secret', windows?.http?.secret],
    ['collector.workstation-check-password', collector['workstation-check-password']],
  ]);
}

/** Files with the authorities that somebody is judged by. */
export function collectorAuthorities({
  ntlm,
  polling,
  'windows-events': windows,
}: CollectorConfig): Named<string>[] {
  return present([
    ['collector.ntlm.gate-link.ca', ntlm?.['gate-link']?.ca],
    ['collector.polling.wmi.ca', polling?.wmi.ca],
    ['collector.windows-events.http.ca', windows?.http?.ca],
  ]);
}

/** Sections that have a certificate and its key. */
export function collectorIdentities(
  collector: CollectorConfig,
): Named<{ readonly certificate?: string | undefined; readonly key?: string | undefined }>[] {
  const gates = (collector.ntlm?.gates ?? []).map(
    (gate, index) => [`collector.ntlm.gates[${index}]`, gate] as const,
  );
  return [['collector', collector], ...gates];
}
