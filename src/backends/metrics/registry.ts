import type { Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

/**
 * One metric: names are a contract (docs/cli.md, Metrics). Labels are names of the configuration or of a table of ours, or addresses of peers
 * that are bounded, never of users or workstations.
 */
export interface Metric<Facts extends readonly unknown[]> {
  readonly name: string;
  readonly help: string;
  readonly kind: 'gauge' | 'counter';
  readonly labels: readonly string[];
  samples(...facts: Facts): Iterable<Sample>;
}

/** A registry whose values are read when it is asked. Counters are ours already, so they are set, not counted again. */
export async function registryOf<Facts extends readonly unknown[]>(
  metrics: readonly Metric<Facts>[],
  facts: () => Facts,
): Promise<Registry> {
  // Loaded late: only who has metrics configured pays for it.
  const { default: prometheus } = await import('prom-client');
  const registry = new prometheus.Registry();
  for (const { name, help, kind, labels, samples } of metrics) {
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    if (kind === 'gauge')
      new prometheus.Gauge({
        ...options,
        collect() {
          this.reset();
          for (const [given, value] of samples(...facts())) this.set({ ...given }, value);
        },
      });
    else
      new prometheus.Counter({
        ...options,
        collect() {
          this.reset();
          for (const [given, value] of samples(...facts())) this.inc({ ...given }, value);
        },
      });
  }
  return registry;
}
