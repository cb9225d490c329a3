import { connect } from 'node:net';

/** What a link needs of a connection. Nothing is reported after `close`. */
export interface Transport {
  /** Queues bytes; after an error or the end they go nowhere. */
  write(bytes: Buffer): void;
  /** Ends the connection; `closed` of the events is not called for it. */
  close(): void;
  /** Resolves when the system has let go of the connection. */
  readonly gone: Promise<void>;
}

export interface TransportEvents {
  opened(): void;
  received(bytes: Buffer): void;
  /** The peer or the system ended it; `error` carries the system's name of the reason in `code`. Called at most once. */
  closed(error: NodeJS.ErrnoException | null): void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
  /** Own address to connect from; absent lets the system choose. */
  readonly sourceIp?: string;
}

/** Opens a connection; returns at once. */
export type Connect = (address: Address, events: TransportEvents) => Transport;

/** A plain TCP connection. */
export const connectTcp: Connect = ({ host, port, sourceIp }, events) => {
  const socket = connect({
    host,
    port,
    noDelay: true,
    ...(sourceIp === undefined ? {} : { localAddress: sourceIp }),
  });
  let failure: NodeJS.ErrnoException | null = null;
  let ended = false;
  const finish = (): void => {
    if (ended) return;
    ended = true;
    socket.destroy();
    events.closed(failure);
  };
  socket.on('connect', () => {
    if (!ended) events.opened();
  });
  socket.on('data', (bytes: Buffer) => {
    if (!ended) events.received(bytes);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure = error;
    finish();
  });
  socket.on('end', finish);
  socket.on('close', finish);
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    write(bytes) {
      if (!ended) socket.write(bytes);
    },
    close() {
      ended = true;
      socket.destroy();
    },
    gone,
  };
};
