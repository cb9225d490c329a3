import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';

/** What a program sees in place of the host's files and processes. */
export interface Namespace {
  /** Holds everything that is private to it; `run` in it is /run/samba, `sysrun` /run. */
  readonly directory: string;
  readonly hostName: string;
  /** Files laid over /etc, by name. */
  readonly etc: Readonly<Record<string, string>>;
}

/**
 * Runs a program until it ends or standard input does, which it does too when whoever started this is killed. The program is
 * the first process of a namespace of its own, and the kernel ends with it whatever it started.
 */
const watched = `
exec 3<&0
unshare --mount --uts --pid --fork --kill-child --mount-proc --propagation private /bin/sh -c '
  hostname "$0"; d=$1; shift
  mount -t overlay overlay -o "lowerdir=$d/etc-over:/etc" /etc || exit 1
  mount --bind "$d/sysrun" /run && mount --bind "$d/run" /run/samba || exit 1
  "$@" </dev/null 3<&- & program=$!
  trap "kill $program" TERM
  wait $program
  wait $program' "$@" </dev/null 3<&- & space=$!
(cat <&3 >/dev/null; kill -9 $space) 2>/dev/null & watch=$!
wait $space; status=$?
kill $watch
exit $status
`;

/** True where programs can be given mounts and processes of their own: root, and no container that forbids it. */
export function canMakeNamespaces(): boolean {
  if (process.getuid?.() !== 0) return false;
  const test = 'mount -t overlay overlay -o lowerdir=/etc:/usr /etc';
  const { status } = spawnSync(
    'unshare',
    ['--mount', '--uts', '--pid', '--fork', '--mount-proc', 'sh', '-c', test],
    { stdio: 'ignore' },
  );
  return status === 0;
}

/**
 * Starts a program in a namespace. Samba needs it: winbindd's socket and the file of who is logged on have their paths compiled
 * in, and the names of its users have to be known to the system.
 */
export function startInNamespace(
  { directory, hostName, etc }: Namespace,
  command: readonly string[],
): ChildProcess {
  prepare({ directory, hostName, etc });
  return spawn('/bin/sh', ['-c', watched, 'samba', hostName, directory, ...command], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
}

function prepare({ directory, etc }: Namespace): void {
  for (const name of ['etc-over', 'run', 'sysrun/samba'])
    mkdirSync(join(directory, name), { recursive: true, mode: 0o755 });
  for (const [name, text] of Object.entries(etc)) writeFileSync(join(directory, 'etc-over', name), text);
  writeFileSync(join(directory, 'sysrun', 'utmp'), '', { flag: 'a' });
}

/** Runs a program to its end in a namespace of the same files, and answers what it said; throws with that where it fails. */
export function runInNamespace(space: Namespace, command: readonly string[], input = ''): string {
  prepare(space);
  const script = `hostname "$0"; d=$1; shift
    mount -t overlay overlay -o "lowerdir=$d/etc-over:/etc" /etc && mount --bind "$d/sysrun" /run && mount --bind "$d/run" /run/samba || exit 1
    exec "$@"`;
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    [
      ...['--mount', '--uts', '--propagation', 'private', '/bin/sh', '-c', script],
      ...[space.hostName, space.directory, ...command],
    ],
    { input, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } },
  );
  if (status !== 0) throw new Error(`${command[0]} left with ${status}: ${stderr}${stdout}`);
  return stdout;
}

/** Resolves when the port takes connections; rejects when the program has left, or after a minute. */
export async function answering(server: ChildProcess, host: string, port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (server.exitCode !== null || server.signalCode !== null)
      throw new Error(`it left with ${server.exitCode ?? server.signalCode} before it answered`);
    if (await connects(host, port)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not open its ports within a minute');
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Ends what was started with a pipe as its standard input. */
export function endProgram(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once('exit', () => resolve());
    server.stdin?.end();
  });
}
