import { randomInt } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  answering,
  endProgram,
  type Namespace,
  runInNamespace,
  startInNamespace,
} from '../samba-namespace.ts';

export interface SambaWorkstationOptions {
  /** `SMB2_02`, `SMB2_10`, `SMB3_00`, `SMB3_02`, `SMB3_11`. */
  readonly oldest?: string;
  readonly newest?: string;
  /** `auto`, unless told: it signs where we want it. */
  readonly signing?: 'auto' | 'mandatory' | 'disabled';
  readonly encryption?: 'off' | 'desired' | 'required';
  /** Lines for the [global] section. */
  readonly settings?: readonly string[];
}

/** Somebody's part of the registry. */
export interface Hive {
  readonly sid: string;
  readonly user?: string;
  readonly domain?: string;
}

/** A standalone smbd that stands for the workstation of somebody: its RPC names who is logged on. Needs `canMakeNamespaces`. */
export interface SambaWorkstation {
  /** Loopback; 445 is open there. */
  readonly host: string;
  /** A local administrator, and somebody who is none. */
  readonly admin: { readonly user: string; readonly domain: string; readonly password: string };
  readonly plain: { readonly user: string; readonly domain: string; readonly password: string };
  /** Who is logged on from now on. Samba takes local users only, and names the machine as their domain. */
  logOn(...users: readonly string[]): void;
  /** Makes parts of HKEY_USERS; with a user, the environment that a logon leaves there too. */
  loadHives(...hives: readonly Hive[]): void;
  stop(): Promise<void>;
}

const password = 'User-Passw0rd1';
const users = ['ladmin', 'luser1', 'luser2', 'luser3'];

/** Starts it on a loopback address of its own; 1 to 2 s. It ends with `stop`, and by itself when this process is gone. */
export async function startSambaWorkstation(
  options: SambaWorkstationOptions = {},
): Promise<SambaWorkstation> {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-workstation-'));
  chmodSync(directory, 0o755);
  const host = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const file = configure(directory, host, options);
  const space: Namespace = { directory, hostName: 'ws', etc: etcOf(host) };
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    for (const user of users)
      runInNamespace(space, ['smbpasswd', '-c', file, '-L', '-s', '-a', user], `${password}\n${password}\n`);
    const group = ['sid=S-1-5-32-544', 'ntgroup=Administrators', 'unixgroup=ladmins', 'type=builtin'];
    runInNamespace(space, ['net', '-s', file, 'groupmap', 'add', ...group]);
  } catch (error) {
    remove();
    throw error;
  }
  const command = ['/usr/sbin/smbd', '--foreground', '--no-process-group', '-s', file];
  const server = startInNamespace(space, command);
  const stop = async (): Promise<void> => {
    await endProgram(server);
    remove();
  };
  try {
    await answering(server, host, 445);
  } catch (error) {
    await stop();
    throw error;
  }
  const account = (user: string) => ({ user, domain: 'WS', password });
  return {
    host,
    admin: account('ladmin'),
    plain: account('luser1'),
    logOn: (...names) =>
      writeFileSync(join(directory, 'sysrun', 'utmp'), Buffer.concat(names.map(utmpEntry))),
    loadHives: (...hives) => {
      const registry = (...parameters: readonly string[]) =>
        runInNamespace(space, ['net', '-s', file, 'registry', ...parameters]);
      for (const { sid, user, domain } of hives) {
        registry('createkey', `HKU\\${sid}`);
        if (user === undefined) continue;
        const environment = `HKU\\${sid}\\Volatile Environment`;
        registry('createkey', environment);
        registry('setvalue', environment, 'USERNAME', 'sz', user);
        registry('setvalue', environment, 'USERDOMAIN', 'sz', domain ?? '');
      }
    },
    stop,
  };
}

function configure(directory: string, host: string, options: SambaWorkstationOptions): string {
  const of = (name: string): string => {
    mkdirSync(join(directory, name), { recursive: true });
    return join(directory, name);
  };
  const file = join(directory, 'smb.conf');
  const { oldest = 'SMB2_02', newest = 'SMB3_11', signing = 'auto', encryption, settings = [] } = options;
  const lines = [
    'netbios name = WS',
    'workgroup = WORKGROUP',
    'server role = standalone server',
    `interfaces = ${host}/8`,
    'bind interfaces only = yes',
    'smb ports = 445',
    'disable netbios = yes',
    `private dir = ${of('private')}`,
    `state directory = ${of('state')}`,
    `cache directory = ${of('cache')}`,
    `lock directory = ${of('lock')}`,
    `pid directory = ${of('run')}`,
    `ncalrpc dir = ${of('run/ncalrpc')}`,
    `winbindd socket directory = ${of('run/winbindd')}`,
    `log file = ${of('log')}/log.smbd`,
    'logging = file',
    'passdb backend = tdbsam',
    'load printers = no',
    'printcap name = /dev/null',
    'disable spoolss = yes',
    'admin users = ladmin',
    'dns proxy = no',
    `server signing = ${signing}`,
    `server min protocol = ${oldest}`,
    `server max protocol = ${newest}`,
    ...(encryption ? [`server smb encrypt = ${encryption}`] : []),
    ...settings,
  ];
  writeFileSync(file, `[global]\n${lines.map((line) => `  ${line}\n`).join('')}`);
  return file;
}

/** Its users exist inside its namespace only. */
function etcOf(host: string): Namespace['etc'] {
  const own = users.map((user, at) => `${user}:x:${20000 + at}:20000::/nonexistent:/bin/false\n`).join('');
  return {
    passwd: `root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\n${own}`,
    group: 'root:x:0:\nnogroup:x:65534:\nlusers:x:20000:\nladmins:x:20001:ladmin\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
    hosts: `127.0.0.1 localhost\n${host} ws\n`,
    'resolv.conf': '',
  };
}

/** struct utmp of Linux, 384 bytes: a user process at a terminal. */
function utmpEntry(user: string, at: number): Buffer {
  const entry = Buffer.alloc(384);
  entry.writeInt16LE(7, 0);
  entry.writeInt32LE(process.pid, 4);
  entry.write(`tty${at}`, 8, 32, 'latin1');
  entry.write(String(at), 40, 4, 'latin1');
  entry.write(user.slice(0, 31), 44, 32, 'latin1');
  entry.write('console', 76, 256, 'latin1');
  entry.writeInt32LE(Math.floor(Date.now() / 1000) - 60 + at, 340);
  return entry;
}
