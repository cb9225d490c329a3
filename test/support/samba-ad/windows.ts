import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startByteRelay } from '../byte-relay.ts';
import { type Namespace, runInNamespace } from '../samba-namespace.ts';
import { type AuditLine, eventsOfAudit } from './audit.ts';
import { kerberosSettings, kinit } from './kerberos.ts';
import type { SambaNames } from './names.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const environment = { ...process.env, LC_ALL: 'C.UTF-8' };

export interface SambaAccount {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
}

/** An event as eventlogadm takes it; the strings in the order Windows has them for its number. */
export interface WrittenEvent {
  readonly id: number;
  readonly strings: readonly string[];
  /** Seconds since the epoch; now where it is left out. Samba forgets records older than a week first. */
  readonly at?: number;
  readonly isFailure?: boolean;
  readonly source?: string;
}

/** The same domain controller as Windows programs see it: 445, 135, 88, 53. */
export interface SambaWindows {
  /** May read sessions and event log: an administrator, as Samba wants it. */
  readonly poller: SambaAccount;
  /** May log on and nothing more. */
  readonly weak: SambaAccount;
  /** Machine account, for a secure channel. */
  readonly machine: SambaAccount;
  /**
   * Of user01 to user20, and of disabled1, expired1, locked1, mustchange1, pwexpired1, elsewhere1 (another workstation), hours1 (no
   * hour), protected1 (Protected Users).
   */
  readonly userPassword: string;
  readonly configuration: string;
  /** Appends to the Security log. About 400 a second; the log wraps at about 1,570 records. */
  writeEvents(events: readonly WrittenEvent[]): Promise<void>;
  /** Writes what Samba's own audit says of logons since the last call as events 4768, 4771, 4776 and 4624; says how many. */
  writeLogonEvents(): Promise<number>;
  /** What rpcclient prints; as the poller unless told. */
  rpcclient(command: string, account?: SambaAccount): Promise<string>;
  /** Keeps a session of smbclient open, from a workstation's address and under its name, until it is ended. */
  openSession(user: string, from?: string, workstation?: string): Promise<{ end(): Promise<void> }>;
  /** Asks for a Kerberos ticket from a workstation's address; resolves with what kinit said, nothing where it has one. */
  kinit(user: string, from: string, password?: string): Promise<string>;
  /** Logs on over SMB with what is refused; resolves with the status that smbclient names, nothing where it was not. */
  refusedSession(user: string, from: string, password?: string): Promise<string>;
  /** Runs samba-tool as the domain controller would; resolves with what it said. */
  tool(...parameters: string[]): string;
  /** Records in its DNS: name, type, data, three by three. */
  addDns(...records: string[]): Promise<void>;
}

/** What the DC needs beyond LDAP; `directory` as in configure. */
export function windowsSettings(directory: string): string[] {
  // Whoever reads the log has to reach it.
  chmodSync(directory, 0o755);
  return [
    'dns forwarder =',
    'server signing = mandatory',
    'ntlm auth = ntlmv2-only',
    `log level = 1 auth_json_audit:3@${directory}/log/auth.json`,
    'eventlog list = Application System Security',
    'load printers = no',
    'printcap name = /dev/null',
    'disable spoolss = yes',
  ];
}

/** @param resolver whom it asks for names; itself where that is missing, so that nothing leaves the loopback */
export function namespaceOf(
  directory: string,
  host: string,
  { realm, dnsDomain, dnsComputer }: SambaNames,
  resolver = host,
): Namespace {
  const [hostName = ''] = dnsComputer.split('.');
  return {
    directory,
    hostName,
    etc: {
      'resolv.conf': `nameserver ${resolver}\nsearch ${dnsDomain}\n`,
      hosts: `127.0.0.1 localhost\n${host} ${dnsComputer} ${hostName}\n`,
      'krb5.conf': kerberosSettings(host, realm, resolver !== host),
    },
  };
}

export class SambaWindowsSide implements SambaWindows {
  readonly poller: SambaAccount;
  readonly weak: SambaAccount;
  readonly machine: SambaAccount;
  readonly userPassword = 'User-Passw0rd1';
  readonly configuration: string;
  readonly #space: Namespace;
  readonly #host: string;
  #audited = 0;

  constructor(space: Namespace, host: string, domain: string, configuration: string) {
    this.poller = { user: 'svc-fsso', domain, password: 'Svc-Passw0rd1' };
    this.weak = { user: 'svc-weak', domain, password: 'Svc-Passw0rd1' };
    this.machine = { user: 'COLLECTOR$', domain, password: 'Machine-Passw0rd-1' };
    this.#space = space;
    this.#host = host;
    this.configuration = configuration;
  }

  /** Port 445 opens before winbindd and the RPC workers answer. */
  async answering(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.rpcclient('netsharegetinfo IPC$');
        break;
      } catch (error) {
        if (tries === 300) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    // The log exists from its first record on: "Windows is starting up".
    await this.writeEvents([{ id: 4608, strings: [] }]);
  }

  async writeEvents(events: readonly WrittenEvent[]): Promise<void> {
    const text = events.map(recordText).join('');
    await feed('eventlogadm', ['-s', this.configuration, '-o', 'write', 'Security'], text);
    // The mode of the file is who may read the log.
    chmodSync(join(this.#space.directory, 'state', 'eventlog', 'security.tdb'), 0o664);
  }

  async writeLogonEvents(): Promise<number> {
    const file = join(this.#space.directory, 'log', 'auth.json');
    if (!existsSync(file)) return 0;
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const events = lines.slice(this.#audited).flatMap((line) => {
      const at = line.indexOf('{');
      return at < 0 ? [] : eventsOfAudit(JSON.parse(line.slice(at)) as AuditLine);
    });
    this.#audited = lines.length;
    if (events.length > 0) await this.writeEvents(events);
    return events.length;
  }

  async rpcclient(command: string, account: SambaAccount = this.poller): Promise<string> {
    const who = `${account.domain}\\${account.user}%${account.password}`;
    const { stdout } = await run('rpcclient', ['-s', '/dev/null', '-U', who, this.#host, '-c', command], {
      env: environment,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  async openSession(
    user: string,
    from = '127.0.0.1',
    workstation = 'WS1',
  ): Promise<{ end(): Promise<void> }> {
    // smbclient cannot choose its own address: whoever passes its bytes on can.
    const relay = await startByteRelay(this.#host, 445, from);
    const child = spawn(
      'smbclient',
      [
        ...['-s', '/dev/null', '-I', '127.0.0.1', '-p', String(relay.port), '-n', workstation],
        ...['-U', `CORP\\${user}%${this.userPassword}`, `//${this.#host}/IPC$`],
      ],
      { stdio: ['pipe', 'pipe', 'ignore'], env: environment },
    );
    child.once('exit', () => void relay.stop());
    const end = (): Promise<void> =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.stdin.end();
      });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status) => reject(new Error(`smbclient left with ${status}`)));
      // It holds its own words back in a buffer; the shell that it starts once the session stands does not.
      child.stdin.write('!echo session stands\n');
      child.stdout.on('data', (text) => {
        if (String(text).includes('session stands')) resolve({ end });
      });
    });
  }

  kinit(user: string, from: string, password = this.userPassword): Promise<string> {
    return kinit(this.#host, user, password, from);
  }

  async refusedSession(user: string, from: string, password = this.userPassword): Promise<string> {
    const relay = await startByteRelay(this.#host, 445, from);
    const parameters = ['-s', '/dev/null', '-I', '127.0.0.1', '-p', String(relay.port), '-c', 'exit'];
    const who = `CORP\\${user}%${password}`;
    try {
      const { stdout } = await run('smbclient', [...parameters, '-U', who, `//${this.#host}/IPC$`], {
        env: environment,
      }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }));
      return /NT_STATUS_\w+/.exec(stdout)?.[0] ?? '';
    } finally {
      await relay.stop();
    }
  }

  tool(...parameters: string[]): string {
    return runInNamespace(this.#space, ['samba-tool', ...parameters, '-s', this.configuration]);
  }

  async addDns(...records: string[]): Promise<void> {
    await run('/usr/bin/python3', [join(here, 'dns.py'), this.configuration, this.#host, ...records], {
      env: environment,
    });
  }
}

function recordText({ id, strings, at, isFailure = false, source }: WrittenEvent): string {
  const time = at ?? Math.floor(Date.now() / 1000);
  return [
    'LEN: 0',
    'RS1: 1699505740',
    'RCN: 0',
    `TMG: ${time}`,
    `TMW: ${time}`,
    `EID: ${id}`,
    `ETP: AUDIT ${isFailure ? 'FAILURE' : 'SUCCESS'}`,
    'ECT: 12544',
    'RS2: 0',
    'CRN: 0',
    'USL: 0',
    `SRC: ${source ?? 'Microsoft-Windows-Security-Auditing'}`,
    'SRN: DC1',
    ...strings.map((text) => `STR: ${text}`),
    'DAT:\n\n',
  ].join('\n');
}

function feed(program: string, parameters: readonly string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: ['pipe', 'ignore', 'ignore'], env: environment });
    child.once('error', reject);
    child.once('exit', (status) =>
      status === 0 ? resolve() : reject(new Error(`${program} left with ${status}`)),
    );
    child.stdin.end(input);
  });
}
