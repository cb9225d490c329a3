import { type Command, Option } from 'commander';
import type { AssignedSession } from '../../src/fsso/agents/terminal/assignment.ts';
import { portDefaults, rangesText } from '../../src/fsso/agents/terminal/pool.ts';
import type { PortRange } from '../../src/fsso/wire/messages.ts';
import {
  agentOptions,
  machineName,
  readSeconds,
  type SendingOptions,
  sendInput,
  startSending,
  stopSending,
  warning,
  withSendingOptions,
} from '../agent-run.ts';
import { CommandFailure, exitStatus } from '../cli.ts';

interface Options extends SendingOptions {
  sessions: 'stdin' | 'logind' | 'utmp';
  pool: string;
  block: string;
  ip?: string;
  userDomain?: string;
  repeat: string;
  hold: string;
  look: string;
  state?: string;
  printNftables?: boolean;
}

const longestTime = 86_400;
const mostBlock = 20_000;
const seconds = (ms: number) => `${ms / 1000}`;

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (number < least || number > most)
    throw new CommandFailure(`${option}: found ${text}, expected a whole number from ${least} to ${most}`);
  return number;
}

/** The blocks that may be assigned. @throws CommandFailure when there is none */
async function blocks({ pool: text, block: sizeText }: Options): Promise<PortRange[]> {
  const { blocksOf, readPool, systemPorts } = await import('../../src/fsso/agents/terminal/pool.ts');
  const pool = readPool(text);
  if (pool === null)
    throw new CommandFailure(
      `--pool: found ${text}, expected ports from 1024 to 65535, such as 20000-39999,61000-65535`,
    );
  const size = wholeNumber('--block', sizeText, 1, mostBlock);
  const { reserved, ephemeral } = await systemPorts();
  const found = blocksOf(pool, size, [...reserved, ...ephemeral]);
  if (found.length === 0)
    throw new CommandFailure(
      `--pool: ${text} holds no ${size} ports in a row outside those of the system (ip_local_port_range ${rangesText(ephemeral) || 'unknown'}, ip_local_reserved_ports ${rangesText(reserved) || 'none'})`,
    );
  return found;
}

async function stateFile({ state }: Options) {
  const { join, resolve } = await import('node:path');
  const { stateDirectory } = await import('../../src/config/paths.ts');
  const { StateFile } = await import('../../src/fsso/agents/terminal/state.ts');
  return new StateFile(
    state === undefined ? join(stateDirectory(process.env), 'ts-agent.json') : resolve(state),
  );
}

async function printNftables(options: Options): Promise<void> {
  const { nftablesRules } = await import('../../src/fsso/agents/terminal/steering.ts');
  const { mergedRanges } = await import('../../src/fsso/agents/terminal/pool.ts');
  const file = await stateFile(options);
  const record = file.read();
  const ip = options.ip ?? record?.ip;
  if (!record || ip === undefined || ip === null)
    throw new CommandFailure(
      `${file.path}: no ports have been assigned yet: the agent writes it`,
      exitStatus.down,
    );
  const sessions = record.sessions.map(({ blocks: own, ...user }) => ({ ...user, ports: mergedRanges(own) }));
  process.stdout.write(nftablesRules(sessions, ip));
}

async function runTs(options: Options): Promise<void> {
  const { isIPv4 } = await import('node:net');
  const { systemClock: clock } = await import('../../src/clock.ts');
  const { TsAgent } = await import('../../src/fsso/agents/ts.ts');
  const { addressTowards } = await import('../../src/fsso/agents/address-towards.ts');
  const { TerminalServer } = await import('../../src/fsso/agents/terminal/server.ts');
  const { stopSignal } = await import('../stop-signal.ts');
  const { ip, sessions } = options;
  if (ip !== undefined && !isIPv4(ip))
    throw new CommandFailure(`--ip: found ${ip}, expected an IPv4 address`);
  if (options.printNftables) return await printNftables(options);
  const sending = await agentOptions(options, clock);
  const warn = await warning();
  const agent = new TsAgent(sending);
  const [first] = sending.collectors;
  const server = new TerminalServer({
    agent,
    blocks: await blocks(options),
    holdMs: wholeNumber('--hold', options.hold, 0, 100_000) * 60_000,
    state: await stateFile(options),
    ip: ip ?? (first ? await addressTowards(first) : null),
    repeatMs: readSeconds('--repeat', options.repeat, 0, longestTime),
    clock,
    assigned: print,
    warn,
  });
  const everyMs = readSeconds('--look', options.look, 1, longestTime);
  const stopped = stopSignal();
  await startSending(agent);
  try {
    if (sessions === 'stdin') {
      const { readTerminalLine } = await import('../../src/fsso/agents/terminal/lines.ts');
      await sendInput(async (line) => server.take(readTerminalLine(line)), clock, stopped);
    } else {
      const { runTool } = await import('../../src/fsso/agents/terminal/sessions.ts');
      const { readUsage } = await import('../../src/fsso/agents/terminal/usage.ts');
      const { SessionWatch } = await import('../../src/fsso/agents/terminal/session-watch.ts');
      const look =
        sessions === 'logind'
          ? (await import('../../src/fsso/agents/terminal/logind.ts')).logindUsers(runTool)
          : (await import('../../src/fsso/agents/terminal/utmp.ts')).utmpUsers(runTool);
      const domain = options.userDomain ?? (await machineName());
      const watch = new SessionWatch({
        server,
        look,
        portsInUse: () => readUsage(),
        domain,
        everyMs,
        clock,
        warn,
      });
      await watch.start();
      await stopped;
      await watch.stop();
    }
  } catch (error) {
    if (error instanceof Error && ['ToolError', 'StateFileError', 'AssignmentError'].includes(error.name))
      throw new CommandFailure(error.message, exitStatus.down);
    throw error;
  } finally {
    await server.stop();
    await stopSending(agent);
  }
}

/** What was assigned is the result of the command, for what steers the connections. */
function print({ session, domain, user, uid, ports }: AssignedSession): void {
  process.stdout.write(`${JSON.stringify({ session, domain, user, uid, ports })}\n`);
}

const examples = `
Each line of standard input is a session. With all its blocks of ports it is
told as it is; without "ports" the agent assigns a block, and keeps who has
which over a restart:
  {"session":3,"domain":"CORP","user":"bob","ip":"10.0.0.60","ports":[[1224,1423]]}
  {"session":4,"domain":"CORP","user":"eve","uid":1004}
  {"session":4,"more":true}      its ports are used up: a further block
  {"session":4,"gone":true}      its ports are free again
There is no logoff: the protocol has no form for it, and a line with "on":false
is refused. With --sessions logind or utmp the users of this machine are the
sessions, and the agent runs until it is stopped.

Each change of ports is one line of JSON on standard output. The agent steers
no connection itself: --print-nftables prints rules that do.

Examples:
  fabrictop agent ts --collector 10.0.0.10:8002,10.0.0.11:8002 < sessions.jsonl
  fabrictop agent ts --collector 10.0.0.10 --sessions logind --user-domain CORP
  fabrictop agent ts --print-nftables | nft -f -
`;

/** `agent ts`: the agent of a terminal server, which assigns ports itself where it is not told them. */
export function addTsAgent(agent: Command): void {
  withSendingOptions(agent.command('ts').description('the agent of a terminal server'))
    .addOption(
      new Option('--sessions <source>', 'who tells of sessions')
        .choices(['stdin', 'logind', 'utmp'])
        .default('stdin'),
    )
    .option(
      '--pool <first-last[,...]>',
      'ports to assign, without those of the system',
      rangesText(portDefaults.pool),
    )
    .option('--block <ports>', 'ports that a session gets at a time', `${portDefaults.block}`)
    .option('--ip <address>', 'address of this server (default: the one that collectors are sent from)')
    .option('--user-domain <name>', "domain of users whose name has none (default: this machine's name)")
    .option(
      '--repeat <seconds>',
      'time until a session is told again; 0 is never',
      seconds(portDefaults.repeatMs),
    )
    .option('--hold <minutes>', "how long freed ports stay their user's", `${portDefaults.holdMs / 60_000}`)
    .option(
      '--look <seconds>',
      'time between looks at the sessions of this machine',
      seconds(portDefaults.lookMs),
    )
    .option('--state <file>', 'who has which ports (default: ts-agent.json in the state directory)')
    .option('--print-nftables', 'print rules that steer connections into their ports, and leave')
    .addHelpText('after', examples)
    .action(runTs);
}
