import type { Command } from 'commander';
import type { Clock } from '../src/clock.ts';
import type { AgentTls } from '../src/fsso/agents/open-tls.ts';
import type { AgentOptions } from '../src/fsso/agents/sender.ts';
import { CommandFailure, exitStatus } from './cli.ts';

/** Options that every agent which sends datagrams has. */
export interface SendingOptions {
  collector?: string;
  interval: string;
  domain?: string;
  certificate?: string;
  key?: string;
  ca?: string;
}

const defaultInterval = '10';
const longestInterval = 3600;

export function withSendingOptions(command: Command): Command {
  return command
    .option('--collector <host:port[,...]>', 'where to send; each collector gets everything')
    .option('--certificate <file>', 'what tls://HOST:PORT is shown, PEM, with the chain behind it')
    .option('--key <file>', 'its private key, PEM')
    .option('--ca <file>', 'the authority of collectors over TLS, PEM')
    .option('--interval <seconds>', 'time between keepalives', defaultInterval)
    .option('--domain <name>', "who keepalives are from (default: this machine's name)");
}

/** A number of seconds, as milliseconds. @throws CommandFailure */
export function readSeconds(option: string, text: string, least: number, most: number): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : -1;
  if (seconds < least || seconds > most)
    throw new CommandFailure(`${option}: found ${text}, expected seconds, from ${least} to ${most}`);
  return seconds * 1000;
}

/** The first label of this machine's name, in capitals, as a domain controller is called. */
export async function machineName(): Promise<string> {
  const { hostname } = await import('node:os');
  return (hostname().split('.')[0] ?? '').toUpperCase().replaceAll('/', '-') || 'AGENT';
}

/** What every agent that sends datagrams is made with. @throws CommandFailure */
export async function agentOptions(options: SendingOptions, clock: Clock): Promise<AgentOptions> {
  const { collector, interval, domain } = options;
  const { LineError, readCollectors } = await import('../src/fsso/agents/lines.ts');
  const { timers } = await import('../src/fsso/wire/profile.ts');
  const { version } = await import('../src/version.ts');
  if (collector === undefined)
    throw new CommandFailure("required option '--collector <host:port[,...]>' not specified");
  const keepaliveMs = readSeconds('--interval', interval, 0.1, longestInterval);
  if (domain !== undefined && (domain === '' || /[/\0]/.test(domain)))
    throw new CommandFailure('--domain: expected a name without a slash');
  try {
    const collectors = readCollectors(collector);
    const tls = collectors.some((each) => each.tls) ? await agentTls(options) : null;
    if (tls && keepaliveMs >= timers.agentIdle)
      throw new CommandFailure(
        `--interval: found ${interval}, expected less than ${timers.agentIdle / 1000} over TLS, where a silent agent is disconnected`,
      );
    return {
      collectors,
      domain: domain ?? (await machineName()),
      version,
      keepaliveMs,
      tls,
      warn: await warning(),
      clock,
    };
  } catch (error) {
    if (error instanceof LineError) throw new CommandFailure(`--collector: ${error.message}`);
    throw error;
  }
}

/** Certificate, key and authority for collectors over TLS. @throws CommandFailure */
export async function agentTls(
  options: Pick<SendingOptions, 'certificate' | 'key' | 'ca'>,
): Promise<AgentTls> {
  const file = (name: 'certificate' | 'key' | 'ca'): string => {
    const path = options[name];
    if (path === undefined)
      throw new CommandFailure(`--${name}: missing, expected a PEM file because a collector is tls://`);
    return path;
  };
  const [certificatePath, keyPath, caPath] = [file('certificate'), file('key'), file('ca')];
  return {
    certificate: await readPemOption('--certificate', certificatePath),
    ca: await readPemOption('--ca', caPath),
    key: await readKeyOption('--key', keyPath),
  };
}

/** The text of a file that an option names. @throws CommandFailure */
export async function readPemOption(option: string, path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return await readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new CommandFailure(`${option}: ${path} cannot be read (${code})`);
  });
}

/** A private key that an option names; its file has to be private to its owner. @throws CommandFailure */
export async function readKeyOption(option: string, path: string): Promise<string> {
  const { resolveSecret } = await import('../src/config/secrets.ts');
  const { ConfigError } = await import('../src/config/error.ts');
  return await resolveSecret({ file: path }, process.cwd(), process.env).catch((error: unknown) => {
    throw error instanceof ConfigError ? new CommandFailure(`${option}: ${error.lines.join(' ')}`) : error;
  });
}

/** Starts to send. @throws CommandFailure where a collector's name has no address */
export async function startSending(agent: { start(): Promise<void> }): Promise<void> {
  const { safeText } = await import('../src/safe-text.ts');
  try {
    await agent.start();
  } catch (error) {
    const { code, message, hostname } = error as NodeJS.ErrnoException & { hostname?: string };
    throw new CommandFailure(
      hostname === undefined
        ? `datagrams cannot be sent: ${safeText(message)}`
        : `--collector: ${safeText(hostname)} has no address (${code})`,
      exitStatus.down,
    );
  }
}

/** Ends sending. @throws CommandFailure where something could not be sent any more */
export async function stopSending(agent: { stop(): Promise<void> }): Promise<void> {
  await agent.stop().catch((error: Error) => {
    throw new CommandFailure(error.message, exitStatus.down);
  });
}

/**
 * Sends what the lines of standard input say until its end, or until `stopped`.
 * @throws CommandFailure where a line was not sent
 */
export async function sendInput(
  send: (line: string) => Promise<void>,
  clock: Clock,
  stopped: Promise<void>,
): Promise<void> {
  const { createInterface } = await import('node:readline');
  const { sendLines } = await import('../src/fsso/agents/lines.ts');
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  void stopped.then(() => {
    lines.close();
    // An open standard input would keep the process alive.
    process.stdin.destroy();
  });
  const { sent, failed } = await sendLines(lines, send, clock, await warning());
  if (failed > 0)
    throw new CommandFailure(`${failed} of ${sent + failed} lines were not sent`, exitStatus.down);
}

/** Writes one line for a person to standard error, made safe. */
export async function warning(): Promise<(text: string) => void> {
  const { safeText } = await import('../src/safe-text.ts');
  return (text) => process.stderr.write(`fabrictop: ${safeText(text)}\n`);
}
