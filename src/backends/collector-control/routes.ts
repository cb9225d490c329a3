import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../clock.ts';
import type { Collector } from '../../fsso/collector/collector.ts';
import { entryFields } from '../../query/entry-fields.ts';
import { parseQuery } from '../../query/query.ts';
import { safeText } from '../../safe-text.ts';
import type { WriteGuard } from '../../verbs.ts';
import { type Answer, ok, refusal } from './answer.ts';
import { deeds } from './deeds.ts';
import { logonDocumentOf } from './documents.ts';
import { findPage, placeOf } from './page.ts';
import { collectorControlLimits as limits, type StatusDocument, statusParts } from './protocol.ts';

/** What requests reach. */
export interface Desk {
  readonly collector: Collector;
  readonly reload: (() => Promise<string | null>) | null;
  readonly guard: WriteGuard;
  readonly clock: Clock;
  status(): StatusDocument;
}

/** What a request is about. */
export interface Asked {
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/** The path of a request and what stands behind its `?`; null where it is none. */
export function asked({ url = '' }: IncomingMessage): Asked | null {
  const parsed = URL.parse(url, 'http://collector');
  return parsed === null ? null : { path: parsed.pathname, parameters: parsed.searchParams };
}

/** Every path that is asked with GET, beside the streams `/events` and `/watch`. */
const pages: Readonly<Record<string, (desk: Desk, parameters: URLSearchParams) => Answer | Promise<Answer>>> =
  {
    ...Object.fromEntries(
      statusParts.map((part) => [
        `/${part}`,
        (desk: Desk) => {
          const found = desk.status()[part];
          return ok(Array.isArray(found) ? { [part]: found, total: found.length } : found);
        },
      ]),
    ),
    '/status': (desk) => ok(desk.status()),
    '/agents': (desk) => {
      const agents = desk
        .status()
        .feeds.flatMap(({ kind, sources }) => sources.map((source) => ({ feed: kind, ...source })));
      return ok({ agents, total: agents.length });
    },
    '/logons': logons,
  };

/**
 * Answers one request that is no stream.
 * @throws ReadOnlyError for what changes something while the collector runs without `--write`
 */
export async function routeOf(
  request: IncomingMessage,
  { path, parameters }: Asked,
  desk: Desk,
): Promise<Answer> {
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  const deed = Object.hasOwn(deeds, path) ? deeds[path] : undefined;
  if (page) {
    if (request.method !== 'GET') return { ...refusal(405, `${path} is only read`), allow: 'GET' };
    return page(desk, parameters);
  }
  if (deed) {
    if (request.method !== 'POST')
      return { ...refusal(405, `${path} is done with POST`, 'send it with POST'), allow: 'POST' };
    desk.guard.require(deed.verb);
    const body = await bodyOf(request);
    if (body === null)
      return refusal(400, `the body is not understood, expected JSON of at most ${limits.body} octets`);
    const given = deed.body.safeParse(body);
    if (!given.success) return refusal(400, `the body is not understood, expected ${deed.expected}`);
    return deed.run(desk, given.data as never);
  }
  const known = [...Object.keys(pages), '/events', '/watch', ...Object.keys(deeds)];
  return refusal(404, `there is no ${safeText(path)}, only ${known.join(', ')}`);
}

async function logons({ collector, clock }: Desk, parameters: URLSearchParams): Promise<Answer> {
  const unknown = [...parameters.keys()].find((name) => !['filter', 'limit', 'after'].includes(name));
  if (unknown !== undefined)
    return refusal(400, `there is no parameter ${safeText(unknown)}, only filter, limit and after`);
  const query = parseQuery(parameters.get('filter') ?? '', entryFields);
  if (!query.ok) return refusal(400, query.message);
  const wanted = parameters.get('limit') ?? String(limits.page);
  const limit = /^\d{1,5}$/.test(wanted) ? Number(wanted) : 0;
  if (limit < 1 || limit > limits.longestPage)
    return refusal(
      400,
      `limit: found ${safeText(wanted)}, expected a whole number from 1 to ${limits.longestPage}`,
    );
  const from = parameters.get('after');
  const after = from === null ? null : placeOf(from);
  if (from !== null && after === null)
    return refusal(400, `after: found ${safeText(from)}, expected what "next" of a page was`);
  const { total, entries, next } = await findPage(
    collector.entries(),
    { query, judge: collector, limit, after },
    clock,
  );
  return ok({ logons: entries.map((entry) => logonDocumentOf(entry, collector)), total, next });
}

/** The JSON of a request's body, `{}` where it is empty; null where it is not understood. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > limits.body) return null;
    pieces.push(piece);
  }
  if (length === 0) return {};
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8')) ?? null;
  } catch {
    return null;
  }
}
