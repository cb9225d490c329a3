import { request } from 'node:http';

/** What a request over a control socket brought. */
export interface ControlReply {
  readonly status: number;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
  readonly document: any;
}

/** One request over the UNIX socket of a collector. */
export function askControl(
  socketPath: string,
  path: string,
  { method = 'GET', body }: { method?: string; body?: string } = {},
): Promise<ControlReply> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          document: JSON.parse(text),
        }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
