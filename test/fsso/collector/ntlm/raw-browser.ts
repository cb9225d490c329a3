import { connect, type Socket } from 'node:net';

/** What came back for one request. */
export interface RawReply {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly text: string;
}

/** One connection of a browser that says what it likes. */
export class RawBrowser {
  readonly socket: Socket;
  #came = '';
  #isOver = false;
  #wake: () => void = () => {};

  /** @param localAddress that it comes from; `::1` goes over IPv6 */
  constructor(port: number, localAddress = '127.0.0.1') {
    this.socket = connect({ port, host: localAddress === '::1' ? '::1' : '127.0.0.1', localAddress });
    this.socket.setEncoding('latin1');
    this.socket.on('error', () => {});
    this.socket.on('data', (text: string) => {
      this.#came += text;
      this.#wake();
    });
    this.socket.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  send(...requests: readonly string[]): void {
    this.socket.write(requests.join(''));
  }

  /** The next reply. @throws Error where the connection ends before it */
  async reply(): Promise<RawReply> {
    for (;;) {
      const [head = '', rest] = this.#came.split(/\r\n\r\n(.*)/s);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      const status = Number(head.split(' ')[1]);
      if (rest !== undefined && (status === 100 || rest.length >= length)) {
        this.#came = rest.slice(status === 100 ? 0 : length);
        return { status, head, text: rest.slice(0, length).trim() };
      }
      if (this.#isOver) throw new Error(`the connection ended behind ${JSON.stringify(this.#came)}`);
      await this.#more();
    }
  }

  async closed(): Promise<void> {
    while (!this.#isOver) await this.#more();
  }

  #more(): Promise<void> {
    return new Promise((done) => {
      this.#wake = done;
    });
  }
}

/** A request without a body, with these lines in its head. */
export function requestOf(first = 'GET /page HTTP/1.1', ...lines: readonly string[]): string {
  return [
    first,
    ...(lines.some((line) => /^host:/i.test(line)) ? [] : ['Host: a.example']),
    ...lines,
    '',
    '',
  ].join('\r\n');
}
