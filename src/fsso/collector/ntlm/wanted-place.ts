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
