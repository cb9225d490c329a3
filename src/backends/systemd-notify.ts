import { spawn } from 'node:child_process';
import type { Clock, Timer } from '../clock.ts';

/** Tells the program that started us how we stand. Every call returns at once. */
export interface ServiceManager {
  /** We serve. */
  ready(): void;
  /** We were asked to end, and are about to. */
  stopping(): void;
  /** No more is told; resolves when what was told has been taken, or cannot be. */
  close(): Promise<void>;
}

export interface ServiceManagerOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** One line for people who ask the service manager how we stand. */
  readonly status: () => string;
  /** Told once when nothing can be told, in one line. */
  readonly failed: (why: string) => void;
}

/** How long `systemd-notify` may take: it waits up to 5 s itself until what it told was taken. */
const tellLimit = 10_000;
const notInstalled = 'systemd-notify is not installed';

/**
 * What systemd expects of a service of `Type=notify` (sd_notify(3)): that it is ready, that it ends, and where the unit asks for it
 * a sign of life. Node.js opens no datagram sockets of the kind that systemd listens on, so `systemd-notify`, which is installed wherever systemd
 * is, tells it; the unit has to say `NotifyAccess=all`. Nothing happens where no service manager waits for it.
 */
export function serviceManager({ env, clock, status, failed }: ServiceManagerOptions): ServiceManager {
  const socket = env['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '')
    return { ready: () => {}, stopping: () => {}, close: async () => {} };

  let isLogged = false;
  let isSilenced = false;
  let waiting = 0;
  let signs: Timer | null = null;
  let last: Promise<void> = Promise.resolve();

  // One after the other, so that they arrive in their order.
  const tell = (...words: readonly string[]): void => {
    waiting += 1;
    last = last.then(async () => {
      const why = isSilenced ? null : await run(words);
      waiting -= 1;
      if (why === null) return;
      // One that was slow may be faster the next time; one that is not there will not come.
      isSilenced = why === notInstalled;
      if (!isLogged) failed(`the service manager cannot be told: ${why}`);
      isLogged = true;
    });
  };
  const run = (words: readonly string[]): Promise<string | null> => {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const child = spawn('systemd-notify', words, {
      stdio: 'ignore',
      env: { PATH: env['PATH'], NOTIFY_SOCKET: socket },
    });
    const late = clock.after(tellLimit, () => child.kill('SIGKILL'));
    child.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'ENOENT' ? notInstalled : `systemd-notify failed (${code})`),
    );
    child.once('exit', (code, signal) =>
      resolve(code === 0 ? null : `systemd-notify left with ${code ?? signal}`),
    );
    return promise.finally(() => late.cancel());
  };

  return {
    ready() {
      tell('--ready', `--status=${status()}`);
      const every = signOfLifeMs(env);
      if (every !== null)
        signs = clock.every(every, () => {
          // The one before is still under way.
          if (waiting === 0) tell('WATCHDOG=1', `--status=${status()}`);
        });
    },
    stopping() {
      signs?.cancel();
      tell('STOPPING=1');
    },
    async close() {
      signs?.cancel();
      await last;
    },
  };
}

/** Milliseconds between two signs of life, half of what the watchdog allows; null where none is wanted of us. */
export function signOfLifeMs(env: NodeJS.ProcessEnv): number | null {
  const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: pid } = env;
  if (microseconds === undefined || !/^[1-9]\d{3,15}$/.test(microseconds)) return null;
  if (pid !== undefined && pid !== String(process.pid)) return null;
  return Math.max(1, Math.floor(Number(microseconds) / 2_000));
}
