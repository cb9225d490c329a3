import type { IncomingMessage } from 'node:http';

/** A host and a port, as browsers write them: no name and no password before it, and nothing that ends a line. */
const hostForm = /^(?:[A-Za-z0-9.-]{1,253}|\[[\dA-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;
const longest = 2048;
const httpPort = 80;

/**
 * Where a browser that a gate stopped on its way wanted to go, as a URL of HTTP that holds nothing but what a URL may: the host that
 * it named itself, and no other. null where it cannot go there again (only GET can), and where it came to the gate itself, which is
 * told by the port.
 */
export function wantedPlace(
  { method, url = '', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  ownPort: number | undefined,
): string | null {
  const { host = '' } = headers;
  if (method !== 'GET' || !url.startsWith('/') || !hostForm.test(host)) return null;
  const wanted = URL.parse(`http://${host}${url}`);
  if (wanted === null || Number(wanted.port || httpPort) === ownPort) return null;
  return wanted.href.length > longest ? null : wanted.href;
}

/**
 * What was asked for, as a reference to itself: to a transparent gate a path, to a proxy a URL of HTTP. null where nobody can be sent
 * there again, or would be sent to another host by it.
 */
export function samePlace(
  { method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>,
  isProxy: boolean,
): string | null {
  if (method !== 'GET' && method !== 'HEAD') return null;
  const here = 'http://here.invalid';
  const asked = URL.parse(url, isProxy ? undefined : here);
  if (asked === null || url.length > longest) return null;
  if (isProxy) return asked.protocol === 'http:' ? asked.href : null;
  const path = `${asked.pathname}${asked.search}`;
  // Two slashes begin the name of a host.
  return asked.origin === here && !path.startsWith('//') ? path : null;
}
