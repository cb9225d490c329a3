import type { Socket } from 'node:net';
import { DirectoryClient, type DirectoryOptions } from '../../src/fsso/directory/client.ts';
import type { DirectoryQuestion } from '../../src/fsso/directory/connection.ts';
import type { DirectoryFailure } from '../../src/fsso/directory/failure.ts';
import type { DirectoryLimits } from '../../src/fsso/directory/limits.ts';
import type { DirectoryServer } from '../../src/fsso/directory/open-socket.ts';
import {
  type LdapAnswer,
  type LdapServer,
  type LdapServerOptions,
  ldap,
  startLdapServer,
} from './ldap-server.ts';
import { ManualClock } from './manual-clock.ts';

const servers: LdapServer[] = [];
const clients: DirectoryClient[] = [];
export const clock = new ManualClock();

/** Starts one that goes with the test. */
export async function server(options: LdapServerOptions = {}): Promise<LdapServer> {
  const started = await startLdapServer(options);
  servers.push(started);
  return started;
}

export const plain = ({ port }: { port: number }): DirectoryServer => ({
  host: '127.0.0.1',
  port,
  security: 'plain',
});

/** Asks servers with the clock of the tests; stopped with the test. */
export function client(
  of: readonly DirectoryServer[],
  more: Partial<DirectoryOptions> = {},
  limits: Partial<DirectoryLimits> = {},
) {
  const made = new DirectoryClient({
    servers: of,
    trust: { ca: [], checksName: true },
    login: { name: 'svc', password: 'secret' },
    clock,
    limits,
    ...more,
  });
  clients.push(made);
  return made;
}

export const question: DirectoryQuestion = {
  base: 'DC=corp',
  scope: 'sub',
  filter: '(cn=a)',
  attributes: ['cn'],
};
export const failureOf = (promise: Promise<unknown>): Promise<DirectoryFailure> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: DirectoryFailure) => error,
  );

/** Takes every login, and searches as it is told. */
export const answering =
  (search: (id: number, socket: Socket, connection: number) => void): LdapAnswer =>
  ({ kind, id }, socket, connection) => {
    if (kind === 'bind') socket.write(ldap.bound(id));
    if (kind === 'search') search(id, socket, connection);
  };
export const oneEntry = answering((id, socket) =>
  socket.write(Buffer.concat([ldap.entry(id, 'CN=a', { cn: ['a'] }), ldap.done(id)])),
);

/** Stops every client and every server; for after each test. */
export async function closeDirectories(): Promise<void> {
  for (const each of clients.splice(0)) each.stop();
  await Promise.all(servers.splice(0).map((each) => each.close()));
}
