import type { ServerResponse } from 'node:http';

/** Ways in which a call of the lab's FortiGate goes wrong, by the name of the API (`user/firewall`). */
export type LabTrouble =
  /** Never answers. */
  | 'silent'
  /** Resets the connection in the middle of its body. */
  | 'cut'
  | 'web-page'
  | 'not-json'
  /** A body without an end. */
  | 'endless'
  | 'redirect'
  /** 429 with `Retry-After`. */
  | 'throttled'
  | 'inside'
  /** A refusal with status 200. */
  | 'refused';

/** Answers as the trouble says. */
export function answerInTrouble(trouble: LabTrouble, response: ServerResponse): void {
  const json = { 'content-type': 'application/json' };
  switch (trouble) {
    case 'silent':
      return;
    case 'cut':
      response.writeHead(200, { ...json, 'content-length': '1000' });
      response.write('{"http_method":"GET","results":[{"id":1,');
      // Not before what was written is on its way.
      setImmediate(() => response.socket?.destroy());
      return;
    case 'web-page':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html><body>Please sign in</body></html>');
      return;
    case 'not-json':
      response.writeHead(200, json);
      response.end('{"http_method":"GET","results":[');
      return;
    case 'endless':
      response.writeHead(200, json);
      drip(response, `${' '.repeat(65_536)}`);
      return;
    case 'redirect':
      response.writeHead(302, { location: 'https://127.0.0.1:1/login' });
      response.end();
      return;
    case 'throttled':
      response.writeHead(429, { ...json, 'retry-after': '120' });
      response.end('{}');
      return;
    case 'inside':
      response.writeHead(500, json);
      response.end('{"http_method":"GET","status":"error","http_status":500}');
      return;
    case 'refused':
      response.writeHead(200, json);
      response.end('{"http_method":"GET","status":"error","error":-651}');
  }
}

function drip(response: ServerResponse, text: string): void {
  while (!response.destroyed && response.write(text));
  if (!response.destroyed) response.once('drain', () => drip(response, text));
}
