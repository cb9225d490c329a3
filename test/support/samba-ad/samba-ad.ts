import { type ChildProcess, execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { OpensslCa } from '../openssl-ca.ts';
import { answering, canMakeNamespaces, endProgram, startInNamespace } from '../samba-namespace.ts';
import { spawnWatched } from '../watched-process.ts';
import { type SambaNames, sambaNames } from './names.ts';
import { namespaceOf, type SambaWindows, SambaWindowsSide, windowsSettings } from './windows.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
// The Python that Debian's Samba belongs to, whatever else is first on the path.
const python = '/usr/bin/python3';
const environment = { ...process.env, LC_ALL: 'C.UTF-8' };

/** A group and a user as Samba's own code sees them (tokens.py). */
export interface SambaTokens {
  /** SID of the domain. */
  readonly domain: string;
  /** By SID. */
  readonly groups: Readonly<Record<string, { dn: string; name: string; type: number }>>;
  /** By account name; the first SID is the user's own. */
  readonly users: Readonly<Record<string, { dn: string; sids: string[] }>>;
}

export interface SambaAdOptions {
  /** SMB, RPC, Kerberos and DNS beside LDAP: about 10 s more, and it needs `canRunSambaWindows`. */
  readonly smb?: boolean;
  /** Further users U0, U1 ..., for a load. */
  readonly users?: number;
  /** Lines for the [global] section. */
  readonly settings?: readonly string[];
  /** `CORP.EXAMPLE` where it is missing; its first label is the NetBIOS name. */
  readonly realm?: string;
  /** Its loopback address; any where it is missing. */
  readonly host?: string;
  /** Address of a DNS server that knows other domains too; the domain controller asks itself where it is missing. */
  readonly resolver?: string;
}

/** A domain controller of CORP.EXAMPLE (NetBIOS CORP) or another realm, filled by seed.py: LDAP, and the rest where it was asked for. */
export interface SambaAd {
  /** Loopback; 389, 636, 3268 and 3269 are open there. */
  readonly host: string;
  readonly names: SambaNames;
  /** PEM of the CA that signed its certificate, which names `host` and the DNS name of the machine. */
  readonly ca: string;
  readonly caFile: string;
  readonly base: string;
  /** Who may read. */
  readonly login: { readonly name: string; readonly password: string };
  /** What speaks SMB and RPC; throws where that was not asked for. */
  readonly windows: SambaWindows;
  tokens(): Promise<SambaTokens>;
  /** What ldapsearch of OpenLDAP prints, over LDAPS. */
  ldapsearch(...parameters: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** An address that nobody else uses; 127.0.0.0/16 is left to others. */
export function loopbackAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
}

const foreground = ['-F', '--no-process-group', '-M', 'single'];

/** True where it can run: LDAP's ports are below 1024, and Samba lets nobody choose others. */
export const canRunSambaAd = process.getuid?.() === 0;

/** True where it can serve SMB and RPC too, which takes namespaces. */
export const canRunSambaWindows = canRunSambaAd && canMakeNamespaces();

/**
 * Provisions, fills and starts it on a loopback address of its own; 10 to 15 s. It ends with `stop`, and by itself when this
 * process is gone.
 */
export async function startSambaAd(options: SambaAdOptions = {}): Promise<SambaAd> {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-samba-'));
  const host = options.host ?? loopbackAddress();
  const ca = new OpensslCa();
  const names = sambaNames(options.realm);
  const settings = configure(directory, host, ca, names, options);
  const space = namespaceOf(directory, host, names, options.resolver);
  const windows =
    options.smb === true ? new SambaWindowsSide(space, host, names.domain, settings.file) : null;
  let server: ChildProcess | null = null;
  const stop = async (): Promise<void> => {
    if (server !== null) await endProgram(server);
    rmSync(directory, { recursive: true, force: true });
    ca.remove();
  };
  try {
    await run(
      'samba-tool',
      [
        ...['domain', 'provision', '-s', settings.file, `--realm=${names.realm}`, `--domain=${names.domain}`],
        ...[
          '--server-role=dc',
          `--dns-backend=${windows ? 'SAMBA_INTERNAL' : 'NONE'}`,
          `--host-name=${names.computer}`,
          `--host-ip=${host}`,
        ],
        '--adminpass=Adm1n-Passw0rd!',
      ],
      { env: environment },
    );
    await run(python, [join(here, 'seed.py'), settings.file], { env: environment });
    if (options.users !== undefined)
      await run(python, [join(here, 'seed_load.py'), settings.file, String(options.users)], {
        env: environment,
      });
    if (windows) await run(python, [join(here, 'seed_windows.py'), settings.file], { env: environment });
    const command = [...foreground, '-s', settings.file];
    server = windows
      ? startInNamespace(space, ['/usr/sbin/samba', ...command])
      : spawnWatched('/usr/sbin/samba', command, environment);
    await answering(server, host, 3269);
    await windows?.answering();
  } catch (error) {
    await stop();
    throw error;
  }
  const login = { name: `svc-ldap@${names.dnsDomain}`, password: 'Service-Passw0rd2' };
  return {
    host,
    names,
    ca: readFileSync(settings.caFile, 'utf8'),
    caFile: settings.caFile,
    base: names.dnsDomain.replace(/(^|\.)/g, (dot) => (dot === '' ? 'DC=' : ',DC=')),
    login,
    get windows() {
      if (windows === null) throw new Error('this Samba was started without { smb: true }');
      return windows;
    },
    tokens: async () => {
      const { stdout } = await run(python, [join(here, 'tokens.py'), settings.file], {
        env: { ...environment, PYTHONIOENCODING: 'utf-8' },
        maxBuffer: 64 * 1024 * 1024,
      });
      return JSON.parse(stdout) as SambaTokens;
    },
    ldapsearch: async (...parameters) => {
      const { stdout } = await run(
        'ldapsearch',
        [
          ...['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', `ldaps://${host}`],
          ...['-D', login.name, '-w', login.password, ...parameters],
        ],
        { env: { ...environment, LDAPTLS_CACERT: settings.caFile }, maxBuffer: 64 * 1024 * 1024 },
      );
      return stdout;
    },
    stop,
  };
}

function configure(
  directory: string,
  host: string,
  ca: OpensslCa,
  names: SambaNames,
  { smb = false, settings = [] }: SambaAdOptions,
): { file: string; caFile: string } {
  const root = ca.authority('/CN=Samba Test CA');
  const leaf = ca.issue({
    subject: `/CN=${names.dnsComputer}`,
    issuer: root,
    extensions: [['subjectAltName', `DNS:${names.dnsComputer},IP:${host}`]],
  });
  const of = (name: string): string => {
    mkdirSync(join(directory, name), { recursive: true });
    return join(directory, name);
  };
  const file = join(directory, 'smb.conf');
  writeFileSync(
    file,
    `[global]
  netbios name = ${names.computer}
  realm = ${names.realm}
  workgroup = ${names.domain}
  server role = active directory domain controller
  server services = ${smb ? 's3fs, rpc, ldap, cldap, kdc, winbindd, dns' : 'ldap'}
  interfaces = ${host}/8
  bind interfaces only = yes
  private dir = ${of('private')}
  state directory = ${of('state')}
  cache directory = ${of('cache')}
  lock directory = ${of('lock')}
  pid directory = ${of('run')}
  binddns dir = ${of('bind-dns')}
  ncalrpc dir = ${of('ncalrpc')}
  ntp signd socket directory = ${join(directory, 'run', 'ntp')}
  winbindd socket directory = ${of('run/winbindd')}
  log file = ${of('log')}/log.%m
  logging = file
  dns update command = /bin/true
  samba kcc command = /bin/true
  # Without it the host's file system would have to take extended attributes.
  posix:eadb = ${join(directory, 'private', 'eadb.tdb')}
  tls enabled = yes
  tls keyfile = ${leaf.keyFile}
  tls certfile = ${leaf.certificateFile}
  tls cafile = ${root.certificateFile}
${[...(smb ? windowsSettings(directory) : []), ...settings].map((line) => `  ${line}`).join('\n')}
[sysvol]
  path = ${join(directory, 'state', 'sysvol')}
[netlogon]
  path = ${join(directory, 'state', 'sysvol', names.dnsDomain, 'scripts')}
`,
  );
  return { file, caFile: root.certificateFile };
}
