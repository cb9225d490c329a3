import type { Socket } from 'node:net';

// Before a handshake is complete there are no keys: what is said up to then can be written by hand (RFC 5246, RFC 8446).
const alertRecord = (description: number) => Buffer.from([0x15, 3, 3, 0, 2, 2, description]);
const handshakeFailure = 40;

/** A ServerHello of TLS 1.2 without the extension of RFC 5746: a server that knows no safe renegotiation. */
function oldServerHello(): Buffer {
  const cipher = [0xc0, 0x2f];
  const body = Buffer.from([3, 3, ...new Array<number>(32).fill(7), 0, ...cipher, 0]);
  const message = Buffer.concat([Buffer.from([2, 0, 0, body.length]), body]);
  return Buffer.concat([Buffer.from([0x16, 3, 3, 0, message.length]), message]);
}

const afterHello = (socket: Socket, answer: Buffer) => socket.once('data', () => socket.write(answer));

/** Connections that go wrong before the server has shown a certificate. */
export const connectionFaults = {
  /** Taken, and then nothing: as when the peer has gone without a word. */
  'half-open': () => undefined,
  'reset-in-handshake': (socket) => socket.once('data', () => socket.resetAndDestroy()),
  'tls-alert': (socket) => afterHello(socket, alertRecord(handshakeFailure)),
  'renegotiation-refused': (socket) => afterHello(socket, oldServerHello()),
  'no-tls': (socket) => afterHello(socket, Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
} satisfies Record<string, (socket: Socket) => unknown>;

export type ConnectionFaultName = keyof typeof connectionFaults;
