import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../../src/clock.ts';
import { ntHash } from '../../../src/fsso/ntlm/proof.ts';
import { NtlmServer } from '../../../src/fsso/ntlm/server.ts';
import { SpnegoServer } from '../../../src/fsso/ntlm/spnego-server.ts';
import { FrameReader, frame } from '../../../src/fsso/smb/frames.ts';
import { decodeHeader, encodeHeader, headerBytes, type SmbHeader } from '../../../src/fsso/smb/header.ts';
import { commands, dialects, statuses } from '../../../src/fsso/smb/profile.ts';
import { MessageSigner } from '../../../src/fsso/smb/signing.ts';

export const credentials = { user: 'svc', domain: 'LAB', password: 'secret-of-svc' };

export interface Asked {
  readonly header: SmbHeader;
  readonly message: Buffer;
}

/** A server of SMB 2.1 that does at each request behind the login what a test says. */
export class ScriptedServer {
  readonly asked: Asked[] = [];
  /** Credits with each answer of the login. */
  credits = 10;
  /** Signs what it sends. */
  signs = true;
  /** What it does with a request behind the login; the share and the end of the session it answers by itself. */
  onRequest: (asked: Asked) => void = ({ header }) => this.answer(header);
  onLogoff = (header: Asked['header']): void => this.answer(header);
  readonly #clock: Clock;
  readonly #server: Server;
  #socket: Socket | null = null;
  #signer: MessageSigner | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  cut(): void {
    this.#socket?.destroy();
  }

  /** Sends an answer to the request with this header. */
  answer(to: SmbHeader, more: Partial<SmbHeader> = {}, body: Buffer = Buffer.from([4, 0, 0, 0])): void {
    const header: SmbHeader = { ...to, credits: 1, flags: 1, status: 0, ...more };
    const message = Buffer.concat([encodeHeader(header), body]);
    if (this.signs) this.#signer?.sign(message);
    this.#socket?.write(frame(message));
  }

  /** Commands asked for behind the login. */
  get commands(): number[] {
    return this.asked.map(({ header }) => header.command);
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    this.#signer = null;
    const reader = new FrameReader();
    const ntlm = new NtlmServer({ clock: this.#clock, names: { domain: 'LAB', computer: 'DC' } });
    const login = new SpnegoServer(ntlm, () => ntHash(credentials.password));
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      for (const message of reader.push(bytes)) this.#take(decodeHeader(message), message, login);
    });
  }

  #take(header: SmbHeader, message: Buffer, login: SpnegoServer): void {
    if (header.command === commands.negotiate) this.#negotiate(header);
    else if (header.command === commands.sessionSetup) this.#setUp(header, message, login);
    else this.#serveSession(header, message);
  }

  #serveSession(header: SmbHeader, message: Buffer): void {
    this.#signer?.verify(message);
    const share = Buffer.alloc(16);
    share.writeUInt16LE(16, 0);
    if (header.command === commands.treeConnect)
      this.answer(header, { treeId: 3, credits: this.credits }, share);
    else if (header.command === commands.logoff) this.onLogoff(header);
    else {
      this.asked.push({ header, message });
      // Nobody answers that.
      if (header.command !== commands.cancel) this.onRequest({ header, message });
    }
  }

  #negotiate(header: SmbHeader): void {
    const body = Buffer.alloc(64);
    body.writeUInt16LE(65, 0);
    body.writeUInt16LE(3, 2);
    body.writeUInt16LE(dialects['2.1'], 4);
    for (const at of [28, 32, 36]) body.writeUInt32LE(0x10000, at);
    this.answer(header, { credits: 1 }, body);
  }

  #setUp(header: SmbHeader, message: Buffer, login: SpnegoServer): void {
    const at = message.readUInt16LE(headerBytes + 12);
    const token = message.subarray(at, at + message.readUInt16LE(headerBytes + 14));
    const { token: next, accepted } = login.next(token);
    const body = Buffer.alloc(8);
    body.writeUInt16LE(9, 0);
    body.writeUInt16LE(headerBytes + 8, 4);
    body.writeUInt16LE(next.length, 6);
    if (accepted) this.#signer = new MessageSigner('hmac-sha256', accepted.sessionKey);
    const status = accepted ? statuses.ok : statuses.moreProcessingRequired;
    this.answer(header, { status, sessionId: 77n, credits: 1 }, Buffer.concat([body, next]));
  }
}
