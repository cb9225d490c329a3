import type { Command } from 'commander';
import type { Clock } from '../src/clock.ts';
import type { AgentOptions } from '../src/fsso/agents/sender.ts';
import { CommandFailure, exitStatus } from './cli.ts';

/** Options that every agent which sends datagrams has. */
export interface SendingOptions {
  collector?: string;
  interval: string;
  domain?: string;
}

const defaultInterval = '10';
const longestInterval = 3600;

export function withSendingOptions(command: Command): Command {
  return command
    .option('--collector <host:port[,...]>', 'where to send; each collector gets everything')
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
  const { ports } = await import('../src/fsso/wire/profile.ts');
  const { version } = await import('../src/version.ts');
  if (collector === undefined)
    throw new CommandFailure("required option '--collector <host:port[,...]>' not specified");
  const keepaliveMs = readSeconds('--interval', interval, 0.1, longestInterval);
  if (domain !== undefined && (domain === '' || /[/\0]/.test(domain)))
    throw new CommandFailure('--domain: expected a name without a slash');
  try {
    return {
      collectors: readCollectors(collector, ports.agents),
      domain: domain ?? (await machineName()),
      version,
      keepaliveMs,
      clock,
    };
  } catch (error) {
    if (error instanceof LineError) throw new CommandFailure(`--collector: ${error.message}`);
    throw error;
  }
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
