import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import type { CollectorAddress } from './collector-address.ts';

/** The IPv4 address of this machine that the system sends from to a collector; null where there is none. Nothing is sent. */
export function addressTowards({ host, port }: CollectorAddress): Promise<string | null> {
  return new Promise((done) => {
    const socket = createSocket('udp4');
    const end = (address: string | null) => {
      socket.close();
      done(address);
    };
    socket.once('error', () => end(null));
    socket.connect(port, host, (error?: Error) => {
      if (error) return end(null);
      const { address } = socket.address();
      end(isIPv4(address) && address !== '0.0.0.0' ? address : null);
    });
  });
}
