import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import type { Clock, Timer } from '../../clock.ts';

/** What a reply that goes wrong is made with. */
export interface ReplyScene {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestBody: Buffer;
  readonly clock: Clock;
  /** The TCP connection below TLS. */
  readonly tcp: { resetAndDestroy(): void } | null;
  /** Timers that outlast the reply, to be cancelled with the server. */
  readonly timers: Set<Timer>;
}

type ReplyFault = (scene: ReplyScene) => void;

const json = { 'content-type': 'application/json' };
const success = JSON.stringify({ result: { retval: 1, message: null }, data: 'FCTEMS0000000001' });
let bomb: Buffer | null = null;
const chunk = Buffer.alloc(65_536, 0x20);
/** Milliseconds between two octets of a slow reply. */
const slowEvery = 1_000;

const status =
  (code: number, headers: Record<string, string> = {}): ReplyFault =>
  ({ response }) => {
    response.writeHead(code, { ...json, ...headers });
    response.end(JSON.stringify({ result: { retval: -1, message: 'Refused by the lab.' } }));
  };

const refusal =
  (retval: number, message: string): ReplyFault =>
  ({ response }) => {
    response.writeHead(200, json);
    response.end(JSON.stringify({ result: { retval, message } }));
  };

/** Spaces, which JSON allows in front, as many as are asked for; nothing is made before it can be sent. */
function flood(response: ServerResponse, octets: number): void {
  let left = octets;
  const pour = (): void => {
    while (left > 0 && !response.destroyed) {
      const piece = left < chunk.length ? chunk.subarray(0, left) : chunk;
      left -= piece.length;
      if (!response.write(piece)) return void response.once('drain', pour);
    }
    if (!response.destroyed) response.end();
  };
  pour();
}

function repeated({ request, requestBody }: ReplyScene): string {
  return `${requestBody.toString('latin1')} ${request.url} ${JSON.stringify(request.headers)}`;
}

/** Half of what was announced. */
function half({ response }: ReplyScene): void {
  response.writeHead(200, { ...json, 'content-length': String(success.length) });
  response.write(success.slice(0, success.length / 2));
}

/** Replies that go wrong, as an EMS or what stands in front of one sends them (docs/protocol/ems.md, Result codes). */
export const replyFaults = {
  /** One octet a second. */
  slow: ({ response, clock, timers }) => {
    response.writeHead(200, { ...json, 'content-length': String(success.length) });
    let at = 0;
    const timer = clock.every(slowEvery, () => {
      if (response.destroyed || at >= success.length) timer.cancel();
      else response.write(success[at++] ?? '');
    });
    timers.add(timer);
    response.on('close', () => timer.cancel());
    response.flushHeaders();
  },
  /** The call is taken and never answered. */
  silent: () => undefined,
  'reset-in-body': (scene) => {
    half(scene);
    setImmediate(() => scene.tcp?.resetAndDestroy());
  },
  'closed-in-body': (scene) => {
    half(scene);
    setImmediate(() => (scene.request.socket as TLSSocket).end());
  },
  'truncated-json': ({ response }) => {
    response.writeHead(200, json).end(success.slice(0, success.length / 2));
  },
  'ten-megabytes': ({ response }) => {
    response.writeHead(200, json);
    flood(response, 10 * 1024 * 1024);
  },
  /** The same, announced. */
  'ten-megabytes-announced': ({ response }) => {
    response.writeHead(200, { ...json, 'content-length': String(10 * 1024 * 1024) });
    flood(response, 10 * 1024 * 1024);
  },
  'wrong-content-type': ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end('<!doctype html><title>Sign in</title>');
  },
  /** About 50 KB that unpack to 50 MB. */
  'gzip-bomb': ({ response }) => {
    bomb ??= gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20));
    response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb);
  },
  redirect: ({ response, request }) => {
    response.writeHead(302, { location: `https://127.0.0.1:9/stolen${request.url ?? ''}` }).end();
  },
  'http-400': status(400),
  'http-401': status(401),
  'http-403': status(403),
  'http-404': status(404),
  'http-429': status(429, { 'retry-after': '120' }),
  'http-500': status(500),
  /** As an EMS that stumbles over resumed TLS sessions, and over nothing else. */
  'http-500-resumed': status(500),
  'retval-5': refusal(-5, 'Certificate user does not have access to global.'),
  'license-expired': refusal(-1, 'License expired'),
  /** A server that repeats whatever it was sent, to see where that ends up. */
  echo: (scene) => {
    const said = repeated(scene);
    const echo = { 'x-echo': said.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 4000) };
    scene.response.writeHead(400, { ...json, ...echo });
    scene.response.end(JSON.stringify({ result: { retval: -1, message: said } }));
  },
  /** The same as a refusal of EMS itself, whose message is shown. */
  'echo-refusal': (scene) => refusal(-1, repeated(scene))(scene),
} satisfies Record<string, ReplyFault>;

export type ReplyFaultName = keyof typeof replyFaults;
