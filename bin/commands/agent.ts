import type { Command } from 'commander';
import type { Clock } from '../../src/clock.ts';
import type { AgentOptions } from '../../src/fsso/agents/sender.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';

interface Options {
  collector: string;
  interval: string;
  domain?: string;
}

const defaultInterval = '10';
const longestInterval = 3600;

/** An agent that sends what a line of standard input says. */
interface LineAgent {
  start(): Promise<void>;
  send(line: string): Promise<void>;
  stop(): Promise<void>;
}

/** The first label of this machine's name, in capitals, as a domain controller is called. */
async function machineName(): Promise<string> {
  const { hostname } = await import('node:os');
  return (hostname().split('.')[0] ?? '').toUpperCase().replaceAll('/', '-') || 'AGENT';
}

async function agentOptions({ collector, interval, domain }: Options, clock: Clock): Promise<AgentOptions> {
  const { LineError, readCollectors } = await import('../../src/fsso/agents/lines.ts');
  const { ports } = await import('../../src/fsso/wire/profile.ts');
  const { version } = await import('../../src/version.ts');
  const seconds = /^\d+(?:\.\d+)?$/.test(interval) ? Number(interval) : 0;
  if (seconds < 0.1 || seconds > longestInterval)
    throw new CommandFailure(
      `--interval: found ${interval}, expected seconds, from 0.1 to ${longestInterval}`,
    );
  if (domain !== undefined && (domain === '' || /[/\0]/.test(domain)))
    throw new CommandFailure('--domain: expected a name without a slash');
  try {
    return {
      collectors: readCollectors(collector, ports.agents),
      domain: domain ?? (await machineName()),
      version,
      keepaliveMs: seconds * 1000,
      clock,
    };
  } catch (error) {
    if (error instanceof LineError) throw new CommandFailure(`--collector: ${error.message}`);
    throw error;
  }
}

async function run(options: Options, make: (options: AgentOptions) => Promise<LineAgent>): Promise<void> {
  const { createInterface } = await import('node:readline');
  const { systemClock } = await import('../../src/clock.ts');
  const { safeText } = await import('../../src/safe-text.ts');
  const { sendLines } = await import('../../src/fsso/agents/lines.ts');
  const { stopSignal } = await import('../stop-signal.ts');
  const agent = await make(await agentOptions(options, systemClock));
  // Before the first datagram: who sees one may take the agent for ready, and stop it.
  const stopped = stopSignal();
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
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  void stopped.then(() => {
    lines.close();
    // An open standard input would keep the process alive.
    process.stdin.destroy();
  });
  const { sent, failed } = await sendLines(
    lines,
    (line) => agent.send(line),
    systemClock,
    (text) => process.stderr.write(`fabrictop: ${safeText(text)}\n`),
  );
  await agent.stop();
  if (failed > 0)
    throw new CommandFailure(`${failed} of ${sent + failed} lines were not sent`, exitStatus.down);
}

function withOptions(command: Command): Command {
  return command
    .requiredOption('--collector <host:port[,...]>', 'where to send; each collector gets everything')
    .option('--interval <seconds>', 'time between keepalives', defaultInterval)
    .option('--domain <name>', "who keepalives are from (default: this machine's name)");
}

const dcExamples = `
Each line of standard input is a logon; without "ip" the collector resolves the workstation:
  {"workstation":"PC1","domain":"CORP","user":"alice","ip":"10.0.0.21"}
Keepalives go out while it runs. It ends at the end of its input; 1 when a line was not sent.

Examples:
  echo '{"workstation":"PC1","domain":"CORP","user":"alice","ip":"10.0.0.21"}' |
    fabrictop agent dc --collector 10.0.0.10:8002
`;

const tsExamples = `
Each line of standard input is a session with all its blocks of ports:
  {"session":3,"domain":"CORP","user":"bob","ip":"10.0.0.60","ports":[[1224,1423]]}
There is no logoff: the protocol has no form for it, and a line with "on":false is refused.

Examples:
  fabrictop agent ts --collector 10.0.0.10:8002,10.0.0.11:8002 < sessions.jsonl
`;

/** `agent dc` and `agent ts`: send what standard input says to collectors. */
export const addAgent: AddCommand = (program) => {
  const agent = program.command('agent').description('send logons to collectors, as their agents do');
  withOptions(agent.command('dc').description('the agent of a domain controller'))
    .addHelpText('after', dcExamples)
    .action((options: Options) =>
      run(options, async (agentOptions) => {
        const { DcAgent } = await import('../../src/fsso/agents/dc.ts');
        const { readDcLine } = await import('../../src/fsso/agents/lines.ts');
        const dc = new DcAgent(agentOptions);
        return {
          start: () => dc.start(),
          send: async (line) => dc.logon(readDcLine(line)),
          stop: () => dc.stop(),
        };
      }),
    );
  withOptions(agent.command('ts').description('the agent of a terminal server'))
    .addHelpText('after', tsExamples)
    .action((options: Options) =>
      run(options, async (agentOptions) => {
        const { TsAgent } = await import('../../src/fsso/agents/ts.ts');
        const { readTsLine } = await import('../../src/fsso/agents/lines.ts');
        const ts = new TsAgent(agentOptions);
        return {
          start: () => ts.start(),
          send: async (line) => ts.logon(readTsLine(line)),
          stop: () => ts.stop(),
        };
      }),
    );
};
