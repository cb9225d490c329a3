import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { WsmanClient, type WsmanOptions } from '../../src/fsso/wsman/client.ts';
import { LabMachine } from '../../src/lab/windows/machine.ts';
import type { SecurityLog } from '../../src/lab/windows/security-log.ts';
import { WsmanLabServer, type WsmanServerOptions } from '../../src/lab/windows/wsman-server/server.ts';

export const wsmanPassword = 'Svc-Passw0rd1';

/** Seconds since the epoch of the first record. */
export const firstRecordAt = Date.UTC(2026, 0, 15, 9) / 1000;

/** The strings of a ticket of Kerberos for a user at an address: 4768. */
export const ticketStrings = (user: string, ip: string): string[] => [
  ...[
    user,
    'CORP.EXAMPLE',
    'S-1-5-21-1-2-3-1104',
    'krbtgt',
    'S-1-5-21-1-2-3-502',
    '0x40810010',
    '0x0',
    '0x12',
    '2',
  ],
  ...[`::ffff:${ip}`, '50123', '', '', ''],
];

/** Writes that many tickets, of user1 and further, a second apart. */
export function writeTickets(log: SecurityLog, count: number, id = 4768): void {
  for (let left = count; left > 0; left--) {
    const number = log.newest + 1;
    const strings = ticketStrings(`user${number}`, `10.0.${number >> 8}.${number & 255}`);
    log.write({ id, strings, generated: firstRecordAt + number });
  }
}

/** A domain controller of the lab with a Security log, which ends with the test. */
export async function wsmanServer(options: Partial<WsmanServerOptions> = {}) {
  const machine = new LabMachine({
    ...{ name: 'DC01', domain: 'CORP', dnsDomain: 'corp.example' },
    accounts: [
      { user: 'svc-fsso', password: wsmanPassword, rights: ['event-log'] },
      { user: 'svc-ldap', password: wsmanPassword, rights: [] },
    ],
  });
  const server = new WsmanLabServer({ clock: systemClock, machine, ...options });
  await server.start();
  onTestFinished(() => server.stop());
  return { log: machine.security, machine, server };
}

/** A client of it, which ends with the test. */
export function wsmanClient(
  port: number,
  {
    user = 'svc-fsso',
    password = wsmanPassword,
    ...more
  }: { user?: string; password?: string } & Partial<WsmanOptions> = {},
): WsmanClient {
  const client = new WsmanClient({
    server: { host: '127.0.0.1', port, tls: null },
    login: { kind: 'negotiate', credentials: { user, domain: 'CORP', password } },
    clock: systemClock,
    ...more,
  });
  onTestFinished(() => client.close());
  return client;
}
