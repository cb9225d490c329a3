import type { FssoSetup } from '../../src/backends/fsso-setup.ts';

/** A connector to one collector on this machine, with nothing in its configuration but what a plain link needs. */
export function benchConnector(port: number): FssoSetup {
  const config = {
    name: 'corp',
    servers: [{ server: '127.0.0.1', port }],
    'auth-strategy': 'hmac-md5-serial-challenge',
    'logon-timeout': 5,
  };
  return { config, identity: 'FGVM010000000001-root', passwords: [null] } as unknown as FssoSetup;
}
