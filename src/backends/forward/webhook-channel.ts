import { request } from 'node:https';
import type { Clock } from '../../clock.ts';
import { safeText } from '../../safe-text.ts';
import type { Channel, Delivery, ForwardItem } from './item.ts';

export interface WebhookTarget {
  readonly url: URL;
  /** Beside those of the body; values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly batch: number;
  /** Milliseconds for a whole call. */
  readonly callTimeoutMs: number;
  /** PEM; null trusts what the system trusts. */
  readonly ca: string | null;
  readonly hostname: string;
  readonly version: string;
}

/** How long lines wait for others of the same request, in milliseconds. */
const gatherMs = 1_000;

/** Statuses that are worth another try, beside all from 500 on (RFC 9110, 15.5.9; RFC 6585, 4). */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/** The body of a request (docs/cli.md, Forwarding). */
export function webhookDocument(
  items: readonly ForwardItem[],
  { hostname, version }: Pick<WebhookTarget, 'hostname' | 'version'>,
) {
  return {
    source: 'fabrictop',
    version,
    host: hostname,
    items: items.map(({ number, event: { time, level, source, logId, text, fields, alert } }) => ({
      number,
      time: new Date(time).toISOString(),
      level,
      source,
      logId,
      text,
      fields: fields ?? {},
      alert: alert ?? null,
    })),
  };
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, 10.2.3); null when there is none that can be read. */
export function retryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** A POST of JSON over HTTPS for each batch. The certificate is verified; redirects are not followed. */
export function webhookChannel(target: WebhookTarget, clock: Clock): Channel {
  const stop = new AbortController();
  return {
    batch: target.batch,
    gatherMs,
    deliver: (items) => post(target, clock, stop.signal, JSON.stringify(webhookDocument(items, target))),
    async close() {
      stop.abort();
    },
  };
}

function post(target: WebhookTarget, clock: Clock, signal: AbortSignal, body: string): Promise<Delivery> {
  const { url, headers, callTimeoutMs, ca } = target;
  const { promise, resolve } = Promise.withResolvers<Delivery>();
  const again = (reason: string, retryAfterMs: number | null = null) =>
    resolve({ ok: false, drop: false, reason: safeText(reason), retryAfterMs });
  const call = request(
    url,
    {
      method: 'POST',
      // A connection of its own for each batch: none waits open for hours.
      agent: false,
      signal,
      minVersion: 'TLSv1.2',
      maxHeaderSize: 16_384,
      ...(ca === null ? {} : { ca }),
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': `fabrictop/${target.version}`,
      },
    },
    (response) => {
      const status = response.statusCode ?? 0;
      // Only the status counts; an answer without end must not hold us.
      response.destroy();
      if (status >= 200 && status < 300) resolve({ ok: true });
      else if (status >= 500 || passing.has(status))
        again(`HTTP status ${status}`, retryAfter(response.headers['retry-after'], clock.now()));
      else
        resolve({
          ok: false,
          drop: true,
          reason: `HTTP status ${status}, so these lines are not tried again`,
        });
    },
  );
  const limit = clock.after(callTimeoutMs, () => {
    again(`no answer within ${callTimeoutMs / 1000} s`);
    call.destroy();
  });
  call.on('error', (error: NodeJS.ErrnoException) =>
    again(error.code === 'ECONNREFUSED' ? 'connection refused' : (error.code ?? error.message)),
  );
  call.end(body);
  return promise.finally(() => limit.cancel());
}
