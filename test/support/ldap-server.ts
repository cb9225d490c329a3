import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { der } from './certificate-maker.ts';

// A server that speaks as much LDAP as tests need, byte by byte as a test wants it, lies included (RFC 4511).

/** One element; texts in UTF-8. */
export function element(tag: number, ...content: (Buffer | string)[]): Buffer {
  return der(tag, ...content.map((each) => (typeof each === 'string' ? Buffer.from(each, 'utf8') : each)));
}

const number = (tag: number, value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return element(tag, bytes);
};

export const ldap = {
  message: (id: number, ...content: Buffer[]) => element(0x30, number(0x02, id), ...content),
  result: (tag: number, code: number, text = '') =>
    element(tag, number(0x0a, code), element(0x04), element(0x04, text)),
  bound: (id: number, code = 0, text = '') => ldap.message(id, ldap.result(0x61, code, text)),
  done: (id: number, code = 0, text = '') => ldap.message(id, ldap.result(0x65, code, text)),
  extended: (id: number, code = 0, text = '') => ldap.message(id, ldap.result(0x78, code, text)),
  entry: (id: number, dn: string, attributes: Record<string, (string | Buffer)[]> = {}) =>
    ldap.message(
      id,
      element(
        0x64,
        element(0x04, dn),
        element(
          0x30,
          ...Object.entries(attributes).map(([name, values]) =>
            element(0x30, element(0x04, name), element(0x31, ...values.map((value) => element(0x04, value)))),
          ),
        ),
      ),
    ),
  reference: (id: number, url: string) => ldap.message(id, element(0x73, element(0x04, url))),
  /** The end of a page; a cookie says that there are more. */
  page: (id: number, cookie: string) =>
    ldap.message(
      id,
      ldap.result(0x65, 0),
      element(
        0xa0,
        element(
          0x30,
          element(0x04, '1.2.840.113556.1.4.319'),
          element(0x04, element(0x30, number(0x02, 0), element(0x04, cookie))),
        ),
      ),
    ),
};

/** What a client asked. */
export interface LdapRequest {
  readonly id: number;
  readonly kind: 'bind' | 'search' | 'extended' | 'unbind' | 'other';
  /** Of a bind the login, of a search the base. */
  readonly name: string;
  readonly password: string;
  /** The whole message. */
  readonly bytes: Buffer;
}

export type LdapAnswer = (request: LdapRequest, socket: Socket, connection: number) => void;

const kinds: Record<number, LdapRequest['kind']> = {
  96: 'bind',
  99: 'search',
  119: 'extended',
  66: 'unbind',
};

function header(bytes: Buffer, at: number): { tag: number; start: number; end: number } {
  const first = bytes[at + 1] as number;
  if (first < 0x80) return { tag: bytes[at] as number, start: at + 2, end: at + 2 + first };
  const start = at + 2 + (first & 0x7f);
  if (first === 0x80) throw new RangeError('a length without end');
  return { tag: bytes[at] as number, start, end: start + bytes.readUIntBE(at + 2, first & 0x7f) };
}

/** Where the message ends; as near as can be where its length is none. */
function endOf(bytes: Buffer): number {
  try {
    return header(bytes, 0).end;
  } catch {
    return bytes.length;
  }
}

/** Null for what no client sends. */
function read(bytes: Buffer): LdapRequest | null {
  try {
    return readRequest(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
}

function readRequest(bytes: Buffer): LdapRequest {
  const outer = header(bytes, 0);
  const id = header(bytes, outer.start);
  const operation = header(bytes, id.end);
  const kind = kinds[operation.tag] ?? 'other';
  let at = operation.start;
  if (kind === 'bind') at = header(bytes, at).end;
  const name = kind === 'bind' || kind === 'search' ? header(bytes, at) : null;
  const password = kind === 'bind' && name ? header(bytes, name.end) : null;
  const text = (part: { start: number; end: number } | null) =>
    part === null ? '' : bytes.toString('utf8', part.start, part.end);
  return {
    id: bytes.readUIntBE(id.start, id.end - id.start),
    kind,
    name: text(name),
    password: text(password),
    bytes,
  };
}

export interface LdapServer {
  readonly port: number;
  /** Everything that was asked, in order. */
  readonly requests: readonly LdapRequest[];
  /** Connections that were ever made. */
  readonly connections: number;
  /** Connections that are open. */
  readonly open: number;
  /** Ends every connection. */
  drop(): void;
  close(): Promise<void>;
}

export interface LdapServerOptions {
  /** Answers a bind with success where it is absent and nothing else does. */
  readonly answer?: LdapAnswer;
  /** TLS from the first byte, or after StartTLS. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly mode: 'ldaps' | 'starttls' };
  /** The loopback address to listen on. */
  readonly host?: string;
}

/** Starts it on a port that the system chooses. Binds succeed unless `answer` takes them. */
export async function startLdapServer({
  answer,
  tls,
  host = '127.0.0.1',
}: LdapServerOptions = {}): Promise<LdapServer> {
  const requests: LdapRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const serve = (socket: Socket): void => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    listen(socket, socket, connection);
  };
  const listen = (raw: Socket, socket: Socket, connection: number): void => {
    let held: Buffer = Buffer.alloc(0);
    const onData = (bytes: Buffer): void => {
      held = Buffer.concat([held, bytes]);
      // A TLS handshake where none is expected, say: nothing to answer.
      while (held.length > 6 && held[0] === 0x30) {
        const end = endOf(held);
        if (held.length < end) return;
        const request = read(held.subarray(0, end));
        if (request === null) {
          socket.destroy();
          return;
        }
        held = held.subarray(end);
        requests.push(request);
        if (request.kind === 'extended' && tls?.mode === 'starttls' && socket === raw && !answer)
          upgrade(request.id);
        else if (answer) answer(request, socket, connection);
        else if (request.kind === 'bind') socket.write(ldap.bound(request.id));
      }
    };
    const upgrade = (id: number): void => {
      socket.off('data', onData);
      socket.write(ldap.extended(id));
      const secure = new TLSSocket(raw, { isServer: true, key: tls?.key, cert: tls?.cert });
      secure.on('error', () => {});
      listen(raw, secure, connection);
    };
    socket.on('data', onData);
  };
  const server: Server =
    tls?.mode === 'ldaps' ? createTlsServer({ key: tls.key, cert: tls.cert }, serve) : createServer(serve);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    requests,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
