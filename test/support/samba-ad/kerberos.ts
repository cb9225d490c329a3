import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startByteRelay } from '../byte-relay.ts';

/** krb5.conf for a realm; `kdc` is an address, with or without a port. Others are found by DNS where `resolves` is true. */
export function kerberosSettings(kdc: string, realm = 'CORP.EXAMPLE', resolves = false): string {
  const domain = realm.toLowerCase();
  return `[libdefaults]
  default_realm = ${realm}
  dns_lookup_realm = false
  dns_lookup_kdc = ${resolves}
  rdns = false
  dns_canonicalize_hostname = false
  # Over TCP always: a relay passes on nothing else.
  udp_preference_limit = 1
[realms]
  ${realm} = {
    kdc = ${kdc}
    admin_server = ${kdc}
  }
[domain_realm]
  .${domain} = ${realm}
  ${domain} = ${realm}
`;
}

/**
 * Asks the KDC for a ticket as a person at a workstation does, with kinit of MIT, from that workstation's address. Resolves
 * with what kinit said; that is nothing where it has its ticket.
 */
export async function kinit(kdc: string, user: string, password: string, from: string): Promise<string> {
  // kinit cannot choose its own address: whoever passes its bytes on can.
  const relay = await startByteRelay(kdc, 88, from);
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-kinit-'));
  const settings = join(directory, 'krb5.conf');
  writeFileSync(settings, kerberosSettings(`127.0.0.1:${relay.port}`));
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn('kinit', [`${user}@CORP.EXAMPLE`], {
        env: {
          ...process.env,
          LC_ALL: 'C.UTF-8',
          KRB5_CONFIG: settings,
          KRB5CCNAME: join(directory, 'tickets'),
        },
        stdio: ['pipe', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.on('data', (text) => {
        said += String(text);
      });
      child.once('error', reject);
      child.once('close', (status) => {
        if (status === 0) resolve('');
        else resolve(said.trim() || `kinit left with ${status}`);
      });
      // It leaves without reading where it is refused before it asks.
      child.stdin.on('error', () => {});
      child.stdin.end(`${password}\n`);
    });
  } finally {
    await relay.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
