import { type Command, Option } from 'commander';
import { agentTls, readKeyOption, readPemOption, readSeconds, warning } from '../agent-run.ts';
import { CommandFailure, exitStatus } from '../cli.ts';
import { type LogLevel, logLevels } from '../event-log.ts';

interface Options {
  collector: string;
  certificate?: string;
  key?: string;
  ca?: string;
  listen?: string;
  proxyListen?: string;
  gateCertificate?: string;
  gateKey?: string;
  group?: string[];
  browser?: string[];
  guests?: boolean;
  authtimeout: string;
  answerWithin: string;
  logLevel: LogLevel;
}

const longestAuthtimeout = 86_400;

/** What browsers are shown over HTTPS; null: HTTP. @throws CommandFailure */
async function gateIdentity({ gateCertificate, gateKey }: Pick<Options, 'gateCertificate' | 'gateKey'>) {
  if (gateCertificate === undefined && gateKey === undefined) return null;
  const option = gateKey === undefined ? 'key' : 'certificate';
  if (gateCertificate === undefined || gateKey === undefined)
    throw new CommandFailure(`--gate-${option}: missing, expected a PEM file: HTTPS takes both`);
  const certificate = await readPemOption('--gate-certificate', gateCertificate);
  return { certificate, key: await readKeyOption('--gate-key', gateKey) };
}

/** The gates that are asked for. @throws CommandFailure */
async function gatesOf({ listen, proxyListen, ...options }: Options) {
  const { listenAddress } = await import('../../src/config/metrics.ts');
  const answerWithinMs = readSeconds('--answer-within', options.answerWithin, 1, 300);
  const identity = await gateIdentity(options);
  const gate = (mode: 'transparent' | 'explicit-proxy', option: string, text: string | undefined) => {
    if (text === undefined) return [];
    const at = listenAddress(text);
    if (at === null)
      throw new CommandFailure(`${option}: found ${text}, expected ADDRESS:PORT such as 10.0.0.5:8090`);
    const { group: groups = [], browser: enabledBrowsers = [], guests = false } = options;
    return [
      { mode, listen: at.address, port: at.port, groups, enabledBrowsers, guests, answerWithinMs, identity },
    ];
  };
  const gates = [
    ...gate('transparent', '--listen', listen),
    ...gate('explicit-proxy', '--proxy-listen', proxyListen),
  ];
  if (gates.length === 0)
    throw new CommandFailure('--listen: missing, expected ADDRESS:PORT, or --proxy-listen');
  return gates;
}

/** Collectors, all over TLS. @throws CommandFailure */
async function collectorsOf(text: string) {
  const { LineError, readCollectors } = await import('../../src/fsso/agents/lines.ts');
  try {
    const collectors = readCollectors(text);
    // A port that was left out would be that of agents.
    if (!collectors.every(({ tls }) => tls) || !text.split(',').every((part) => /:\d+$/.test(part.trim())))
      throw new CommandFailure('--collector: expected tls://HOST:PORT: verdicts go over nothing else');
    return collectors;
  } catch (error) {
    if (error instanceof LineError) throw new CommandFailure(`--collector: ${error.message}`);
    throw error;
  }
}

async function runGate(options: Options): Promise<void> {
  const { systemClock: clock } = await import('../../src/clock.ts');
  const { NtlmGateAgent } = await import('../../src/fsso/agents/ntlm-gate/agent.ts');
  const { hostPort, ListenFailure, listeningField } = await import('../../src/fsso/collector/listeners.ts');
  const { collectorEvent } = await import('../../src/fsso/collector/events.ts');
  const { eventLog } = await import('../event-log.ts');
  const { openLines } = await import('../log-lines.ts');
  const { stopSignal } = await import('../stop-signal.ts');
  const collectors = await collectorsOf(options.collector);
  const gates = await gatesOf(options);
  const admittedMs = readSeconds('--authtimeout', options.authtimeout, 1, longestAuthtimeout);
  const tls = await agentTls(options);
  const stopped = stopSignal();
  const log = eventLog(await openLines(null, 0, clock), options.logLevel, clock);
  try {
    const agent = new NtlmGateAgent({
      ...{ collectors, tls, gates, admittedMs, clock, warn: await warning() },
      report: (event) => log.write(event),
    });
    const ports = await agent.start();
    const at = ports.map((port) => [listeningField(port.side), hostPort(port)]);
    log.write(collectorEvent({ msg: 'listening', ...Object.fromEntries(at) }));
    await stopped;
    await agent.stop();
  } catch (error) {
    if (error instanceof ListenFailure)
      throw new CommandFailure(error.message, error.isWrongAddress ? exitStatus.usage : exitStatus.down);
    const { safeText } = await import('../../src/safe-text.ts');
    if (error instanceof RangeError)
      throw new CommandFailure(`--gate-certificate: ${safeText(error.message)}`);
    throw new CommandFailure(`--collector: ${safeText((error as Error).message)}`, exitStatus.down);
  } finally {
    await log.close();
  }
}

const examples = `
It plays a FortiGate's part before a collector with collector.ntlm.gate-link:
browsers are asked who they are, and the collector has a domain controller say
whether that is right. The connection between the two is of our own making: no
FortiGate speaks it. Both sides show a certificate. One line of the log says
where it listens; it comes back to a collector that was away by itself.

Examples:
  fabrictop agent ntlm-gate --collector tls://10.0.0.10:8004 --listen 10.0.0.5:8090 \\
    --certificate gate.pem --key gate.key --ca ca.pem
  fabrictop agent ntlm-gate --collector tls://10.0.0.10:8004,tls://10.0.0.11:8004 \\
    --proxy-listen 10.0.0.5:8091 --group 'CORP/Web Users' \\
    --certificate gate.pem --key gate.key --ca ca.pem
`;

const another = (value: string, before: string[] = []) => [...before, value];

/** `agent ntlm-gate`: gates that ask browsers who they are, and a collector whether that is right, until it is told to stop. */
export function addNtlmGate(agent: Command): void {
  agent
    .command('ntlm-gate')
    .description('a gate that asks browsers for NTLM, and a collector elsewhere for the verdict')
    .requiredOption('--collector <tls://host:port[,...]>', 'its gate-link; the next one when one is gone')
    .option('--certificate <file>', 'what the collector is shown, PEM, with the chain behind it')
    .option('--key <file>', 'its private key, PEM')
    .option('--ca <file>', 'the authority of the collector, PEM')
    .option('--listen <address:port>', 'gate that answers 401, as a FortiGate in the way does')
    .option('--proxy-listen <address:port>', 'gate that answers 407, as an explicit proxy does')
    .option(
      '--gate-certificate <file>',
      'makes the gates HTTPS: what browsers are shown, PEM, with its chain',
    )
    .option('--gate-key <file>', 'its private key, PEM')
    .option(
      '--group <DOMAIN/GROUP>',
      'let through only who is in it, or in another --group (default: everybody)',
      another,
    )
    .option('--browser <text>', 'offer NTLM only where User-Agent holds it (default: to all)', another)
    .option('--guests', 'let through, as guests, whom no domain knows')
    .option('--authtimeout <seconds>', 'until somebody who was verified is asked again', '300')
    .option('--answer-within <seconds>', 'what a browser has for its answer', '30')
    .addOption(
      new Option('--log-level <level>', 'least level that is logged').choices(logLevels).default('info'),
    )
    .addHelpText('after', examples)
    .action(async (_options, command) => runGate(command.optsWithGlobals() as Options));
}
