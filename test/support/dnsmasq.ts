import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface Dnsmasq {
  /** `127.0.0.1:PORT`. */
  readonly server: string;
  stop(): Promise<void>;
}

/** A DNS server on a port of loopback that was free, which knows the records of its options only. */
export async function startDnsmasq(...records: string[]): Promise<Dnsmasq> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  const child = spawn(
    'dnsmasq',
    [
      ...[
        '--no-daemon',
        '--conf-file=/dev/null',
        '--pid-file=',
        '--no-resolv',
        '--no-hosts',
        '--local=/example/',
      ],
      ...[`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', ...records],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const gone = new Promise<void>((done) => child.once('close', () => done()));
  await new Promise<void>((started, failed) => {
    let said = '';
    child.once('error', (error) => failed(new Error(`${error.message}: apt-get install dnsmasq-base`)));
    child.once('close', () => failed(new Error(`dnsmasq has left: ${said}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('started')) started();
    });
  });
  return {
    server: `127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
