import type { Clock } from '../clock.ts';
import { LinkTraffic } from '../fsso/gate/traffic.ts';
import { messageDetail } from '../fsso/inspect/message-detail.ts';
import { MessageTrace } from '../fsso/inspect/trace.ts';
import { hexCode, hexLines } from '../hex-dump.ts';
import type { MessageDetail } from '../message-trace.ts';
import { safeJsonLine } from '../safe-json.ts';
import { safeText } from '../safe-text.ts';
import { createFssoSource } from './fsso-connector.ts';
import type { OnceResult } from './fsso-once.ts';
import { problemLine } from './fsso-reading.ts';
import type { FssoSetup } from './fsso-setup.ts';

export interface InspectOptions {
  readonly clock: Clock;
  /** After so many milliseconds it ends. */
  readonly timeoutMs: number;
  /** After so many messages it ends; null for no such end. */
  readonly count: number | null;
  readonly json: boolean;
  /** Takes each line, its end included, as it comes. */
  write(line: string): void;
}

/**
 * Connects as a FortiGate does, and prints every message that passes, with all its attributes as JSON (docs/cli.md, fsso inspect).
 * Healthy when a collector said something.
 */
export async function inspectOnce(
  setups: readonly FssoSetup[],
  options: InspectOptions,
): Promise<OnceResult> {
  const { clock, timeoutMs, count, json, write } = options;
  const traffic = new LinkTraffic();
  const trace = new MessageTrace(traffic, clock);
  const over = Promise.withResolvers<void>();
  let messages = 0;
  let heard = 0;
  trace.listen((link, traced) => {
    if (count !== null && messages >= count) return;
    const detail = messageDetail(link, traced);
    write(json ? `${safeJsonLine(documentOf(detail))}\n` : textOf(detail));
    if (traced.event.kind !== 'message') return;
    messages += 1;
    if (traced.event.direction === 'received') heard += 1;
    if (messages === count) over.resolve();
  });
  const problems = new Map<string, string>();
  const sources = setups.map((setup) =>
    createFssoSource(setup, clock, { watch: { traffic, recorder: null } }),
  );
  for (const source of sources)
    source.start((change) => {
      if (change.table !== 'collectors' || change.op !== 'put') return;
      const { id, server, connector, problem } = change.row;
      if (problem !== null) problems.set(id, `${connector}: ${problemLine(server, problem)}`);
    });
  const timer = clock.after(timeoutMs, over.resolve);
  await over.promise;
  timer.cancel();
  trace.close();
  await Promise.all(sources.map((source) => source.stop()));
  const isHealthy = heard > 0;
  return { output: null, diagnostics: isHealthy ? [] : [...problems.values()], isHealthy };
}

const directions = { received: 'in', sent: 'out', link: '-' } as const;

function textOf({ row }: MessageDetail): string {
  const [, server = ''] = row.link.split('|');
  const code = row.code === null ? '    ' : hexCode(row.code);
  const parts = [
    new Date(row.at).toISOString(),
    server,
    directions[row.direction].padEnd(3),
    code,
    row.name.padEnd(12),
    String(row.sync ?? '').padStart(6),
    String(row.length ?? '').padStart(6),
    safeText(row.summary),
  ];
  return `${parts.join(' ').trimEnd()}\n`;
}

function documentOf({ row, attributes, note }: MessageDetail) {
  const [connector = '', server = ''] = row.link.split('|');
  return {
    at: new Date(row.at).toISOString(),
    connector,
    server,
    connection: row.connection,
    probe: row.purpose === 'probe',
    direction: directions[row.direction],
    name: row.name,
    code: row.code,
    number: row.sync,
    length: row.length,
    summary: row.summary,
    unknown: row.unknown,
    note,
    attributes: attributes.map(({ bytes, ...attribute }) => ({
      ...attribute,
      bytes: bytes === null ? null : hexLines(bytes.value, bytes.offset),
    })),
  };
}
