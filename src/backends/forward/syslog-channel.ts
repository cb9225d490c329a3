import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createConnection, isIP, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../../clock.ts';
import { safeText } from '../../safe-text.ts';
import type { Channel, Delivery, ForwardItem } from './item.ts';
import { forwardLimits } from './limits.ts';
import { octetCounted, type SyslogSender, syslogMessage } from './syslog-message.ts';

export interface SyslogTarget extends SyslogSender {
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly sourceIp: string | undefined;
  /** PEM; null trusts what the system trusts. */
  readonly ca: string | null;
}

const failed = (reason: string): Delivery => ({
  ok: false,
  drop: false,
  reason: safeText(reason),
  retryAfterMs: null,
});

function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code === 'ECONNREFUSED' ? 'connection refused' : (error.code ?? error.message);
}

/** UDP, TCP or TLS to a syslog server; a stream has octet counting. */
export function syslogChannel(target: SyslogTarget, clock: Clock): Channel {
  return target.transport === 'udp' ? udpChannel(target) : streamChannel(target, clock);
}

/** A datagram for each line. Nobody acknowledges them: only that a host has no such name or port may be noticed. */
function udpChannel(target: SyslogTarget): Channel {
  const { host, port, sourceIp } = target;
  let socket: UdpSocket | null = null;
  let refused: NodeJS.ErrnoException | null = null;

  async function open(): Promise<UdpSocket> {
    if (socket) return socket;
    const opened = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    const ready = Promise.withResolvers<void>();
    opened.once('error', ready.reject);
    if (sourceIp !== undefined) opened.bind(0, sourceIp);
    opened.connect(port, host, () => ready.resolve());
    try {
      await ready.promise;
    } catch (error) {
      opened.close();
      throw error;
    }
    opened.off('error', ready.reject);
    opened.on('error', (error: NodeJS.ErrnoException) => {
      refused = error;
    });
    socket = opened;
    return opened;
  }

  return {
    batch: 100,
    gatherMs: 0,
    async deliver(items) {
      try {
        const open_ = await open();
        for (const item of items) {
          const message = syslogMessage(item, target, forwardLimits.datagram);
          await new Promise<void>((resolve, reject) =>
            open_.send(message, (error) => (error ? reject(error) : resolve())),
          );
        }
        if (refused) throw refused;
        return { ok: true };
      } catch (error) {
        refused = null;
        socket?.close();
        socket = null;
        return failed(reasonOf(error as NodeJS.ErrnoException));
      }
    },
    async close() {
      socket?.close();
      socket = null;
    },
  };
}

/**
 * One connection that stays. Syslog acknowledges nothing: lines that the system had taken when the connection broke may be
 * lost, all others are sent again.
 */
function streamChannel(target: SyslogTarget, clock: Clock): Channel {
  let socket: Socket | null = null;
  let closed = false;

  function connect(): Socket {
    const { host, port, sourceIp, ca } = target;
    const local = sourceIp === undefined ? {} : { localAddress: sourceIp };
    if (target.transport === 'tcp') return createConnection({ host, port, ...local });
    return connectTls({
      host,
      port,
      ...local,
      ...(isIP(host) ? {} : { servername: host }),
      ...(ca === null ? {} : { ca }),
      minVersion: 'TLSv1.2',
    });
  }

  async function open(): Promise<Socket> {
    if (socket && !socket.destroyed) return socket;
    const opened = connect();
    socket = opened;
    // A server that says something is not expected to; what it says must not fill our memory.
    opened.resume();
    const up = target.transport === 'tls' ? 'secureConnect' : 'connect';
    await settled(opened, forwardLimits.syslogConnect, `no connection to ${target.host}`, (resolve) =>
      opened.once(up, resolve),
    );
    return opened;
  }

  /** Rejects when the connection breaks or time is over, whichever is first. */
  async function settled(
    over: Socket,
    ms: number,
    late: string,
    begin: (resolve: () => void, reject: (error: Error) => void) => void,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onClose = () => reject(new Error('the server closed the connection'));
    const timer = clock.after(ms, () => reject(new Error(`${late} within ${ms / 1000} s`)));
    over.once('error', reject).once('close', onClose);
    begin(resolve, reject);
    try {
      await promise;
    } finally {
      timer.cancel();
      over.off('error', reject).off('close', onClose);
      over.on('error', () => {});
    }
  }

  return {
    batch: 100,
    gatherMs: 50,
    async deliver(items) {
      if (closed) return failed('closed');
      try {
        const open_ = await open();
        const bytes = Buffer.concat(items.map((item) => framed(item, target)));
        await settled(
          open_,
          forwardLimits.syslogWrite,
          'the server did not take the lines',
          (resolve, reject) => open_.write(bytes, (error) => (error ? reject(error) : resolve())),
        );
        return { ok: true };
      } catch (error) {
        socket?.destroy();
        socket = null;
        return failed(reasonOf(error as NodeJS.ErrnoException));
      }
    },
    async close() {
      closed = true;
      const open_ = socket;
      socket = null;
      if (!open_ || open_.destroyed) return;
      const gone = new Promise<void>((resolve) => open_.once('close', () => resolve()));
      const limit = clock.after(forwardLimits.goodbye, () => open_.destroy());
      open_.end();
      await gone;
      limit.cancel();
    },
  };
}

function framed(item: ForwardItem, target: SyslogTarget): Buffer {
  return octetCounted(syslogMessage(item, target, forwardLimits.message));
}
