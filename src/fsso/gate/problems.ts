import type { Problem } from '../../problem.ts';
import { longestCollectorPassword } from '../wire/profile.ts';

/** What a problem's text may draw on. Nothing in it is secret: of a password only its length. */
export interface ProblemContext {
  readonly host: string;
  readonly port: number;
  readonly sourceIp?: string | undefined;
  /** Characters of the configured password; null when there is none. */
  readonly passwordLength: number | null;
  /** Identity that we present, `SERIAL-VDOM`. */
  readonly identity: string;
}

/** What may go wrong on a link. */
export type Fault =
  | 'name-unknown'
  | 'port-closed'
  | 'unreachable'
  | 'connect-timeout'
  | 'source-address'
  | 'connect-failed'
  | 'hello-missing'
  | 'closed-before-hello'
  | 'tls-expected'
  | 'not-fsso'
  | 'verdict-missing'
  | 'closed-before-verdict'
  | 'password-missing'
  | 'password-too-long'
  | 'password-refused'
  | 'strategy-unfit'
  | 'silent'
  | 'closed'
  | 'reset'
  | 'garbage'
  | 'list-missing';

type Text = string | ((context: ProblemContext, detail: string) => string);
type Row = { stage: string; message: Text; cause: Text; fix: readonly Text[] };

const place: Text = ({ host, port }) => `${host} port ${port}`;
const telnet: Text = ({ host, port }) =>
  `run "telnet ${host} ${port}" from here: a collector shows its banner at once, for example FSSO 5.0.0278`;
const checkService =
  'on the collector, check that the service "Fortinet Single Sign On Agent Service" runs and its status says RUNNING';
const firewall: Text = ({ port }) =>
  `allow TCP ${port} from this machine in the Windows firewall of the collector and on the way to it`;
const samePassword =
  'set the same password here and in the collector ("Require authenticated connection from FortiGate")';
const allowed: Text = ({ identity }) => `check that the collector accepts ${identity} as a FortiGate`;

/** Stage, text, cause and fix of each fault (docs/protocol/fsso.md, Troubleshooting). */
const rows: Record<Fault, Row> = {
  'name-unknown': {
    stage: 'resolve',
    message: ({ host }, code) => `${host} cannot be resolved (${code})`,
    cause: 'The name of the collector is misspelt, or the DNS servers of this machine do not know it.',
    fix: ['check the name in servers', 'or give the address of the collector instead'],
  },
  'port-closed': {
    stage: 'tcp',
    message: (context) => `connection refused by ${read(place, context)}`,
    cause: 'The collector service is stopped, or it listens on another port.',
    fix: [checkService, 'compare the port with "FortiGate listening port" of the collector'],
  },
  unreachable: {
    stage: 'tcp',
    message: ({ host }, code) => `${host} is not reachable (${code})`,
    cause: 'There is no route to the collector, or its host is down.',
    fix: ['check the address and the route to it', firewall],
  },
  'connect-timeout': {
    stage: 'tcp',
    message: (context, seconds) => `no answer from ${read(place, context)} within ${seconds} s`,
    cause: 'A firewall drops the packets, or the host is down.',
    fix: [firewall, 'check that the host is up and the address is right'],
  },
  'source-address': {
    stage: 'tcp',
    message: ({ sourceIp }, code) => `cannot connect from source-ip ${sourceIp ?? 'unset'} (${code})`,
    cause: 'The configured source-ip is not an address of this machine, or cannot reach the collector.',
    fix: ['set source-ip to an address of this machine, or remove it'],
  },
  'connect-failed': {
    stage: 'tcp',
    message: (context, code) => `cannot connect to ${read(place, context)} (${code})`,
    cause: 'The system refused the connection.',
    fix: ['check the address and the port in servers', firewall],
  },
  'hello-missing': {
    stage: 'hello',
    message: (_, seconds) => `connected, but no hello within ${seconds} s`,
    cause: ({ port }) =>
      port === 8001
        ? 'Port 8001 expects TLS, which is not built yet; or the collector service hangs.'
        : 'The service hangs, expects TLS, or is no collector: a collector speaks first.',
    fix: [telnet, checkService, 'use the port without TLS, 8000 by default'],
  },
  'closed-before-hello': {
    stage: 'hello',
    message: 'the peer closed the connection before its hello',
    cause:
      'The collector has its maximum of FortiGate connections, the service is just stopping, or this is no collector.',
    fix: [checkService, 'raise the maximum of FortiGate connections (64 by default)', telnet],
  },
  'tls-expected': {
    stage: 'hello',
    message: (context) => `${read(place, context)} speaks TLS`,
    cause: 'The port is the TLS port of the collector (8001 by default); links with TLS are not built yet.',
    fix: ['use the port without TLS, 8000 by default'],
  },
  'not-fsso': {
    stage: 'hello',
    message: (_, reason) => `the peer does not speak FSSO: ${reason}`,
    cause: 'Another service listens on this port.',
    fix: ['compare the port with "FortiGate listening port" of the collector', telnet],
  },
  'verdict-missing': {
    stage: 'authentication',
    message: (_, seconds) => `no answer to our hello within ${seconds} s`,
    cause: 'The collector hangs, or waits for something that we do not send.',
    fix: [checkService, 'restart the collector service, and look at CollectorAgent.log'],
  },
  'closed-before-verdict': {
    stage: 'authentication',
    message: 'the collector closed the connection after our hello, without a verdict',
    cause: 'The collector does not accept this FortiGate, or its service is just stopping.',
    fix: [samePassword, allowed, 'look at CollectorAgent.log'],
  },
  'password-missing': {
    stage: 'authentication',
    message: 'server authentication failed',
    cause: 'The collector requires a password and none is configured here.',
    fix: [
      'add password to this entry of servers, the same as in the collector',
      'or untick "Require authenticated connection from FortiGate" in the collector',
    ],
  },
  'password-too-long': {
    stage: 'authentication',
    message: 'server authentication failed',
    cause: ({ passwordLength }) =>
      `The password has ${passwordLength} characters; a collector takes at most ${longestCollectorPassword}, so a longer one never matches.`,
    fix: [`set a password of at most ${longestCollectorPassword} characters on both sides`],
  },
  'password-refused': {
    stage: 'authentication',
    message: 'server authentication failed',
    cause:
      'The password differs from the one in the collector, or the collector does not accept this FortiGate.',
    fix: [samePassword, allowed, 'try another auth-strategy'],
  },
  'strategy-unfit': {
    stage: 'authentication',
    message: 'server authentication failed',
    cause: 'auth-strategy is none, so the password is not used, and the collector requires one.',
    fix: ['remove auth-strategy, or set the one that the collector expects'],
  },
  silent: {
    stage: 'keepalive',
    message: (_, seconds) => `nothing received for ${seconds} s`,
    cause: 'The collector hangs, or the network drops the connection without a word.',
    fix: [checkService, 'check the network between here and the collector'],
  },
  closed: {
    stage: 'connection',
    message: 'the collector closed the connection',
    cause: 'The collector service stopped or restarted, or a person disconnected this FortiGate.',
    fix: [checkService],
  },
  reset: {
    stage: 'connection',
    message: (_, code) => `the connection broke (${code})`,
    cause: 'The collector or a device on the way ended the connection abruptly.',
    fix: [checkService, 'check the network between here and the collector'],
  },
  garbage: {
    stage: 'protocol',
    message: (_, reason) => `bytes that are no FSSO message: ${reason}`,
    cause: 'The stream is damaged, or the collector speaks a dialect that is not known.',
    fix: ['keep a capture of the connection (tcpdump) and report it with the version of the collector'],
  },
  'list-missing': {
    stage: 'logons',
    message: (_, seconds) => `no list of logons within ${seconds} s, asked twice`,
    cause: 'The collector does not answer the request for all logons; live events still count.',
    fix: [checkService, 'refresh the logons later'],
  },
};

/**
 * The problem as people read it.
 * @param detail what the row's message mentions: seconds, the system's error name or a decoder's reason
 * @param code the peer's or the system's own name for it
 */
export function problemOf(
  fault: Fault,
  context: ProblemContext,
  code: number | string | null = null,
  detail = String(code),
): Problem {
  const row = rows[fault];
  return {
    stage: row.stage,
    code,
    message: read(row.message, context, detail),
    cause: read(row.cause, context, detail),
    fix: row.fix.map((text) => read(text, context, detail)),
  };
}

const faultOfSystemError: Record<string, Fault> = {
  ENOTFOUND: 'name-unknown',
  EAI_AGAIN: 'name-unknown',
  EAI_FAIL: 'name-unknown',
  EAI_NODATA: 'name-unknown',
  ECONNREFUSED: 'port-closed',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  ETIMEDOUT: 'unreachable',
  EADDRNOTAVAIL: 'source-address',
  EINVAL: 'source-address',
};

/** Which fault the system's error name means while a connection is being opened. */
export function connectFault(code: string, sourceIp: string | undefined): Fault {
  const fault = faultOfSystemError[code] ?? 'connect-failed';
  return fault === 'source-address' && sourceIp === undefined ? 'connect-failed' : fault;
}

/** Which fault a refusal means, as far as what we sent can tell. */
export function refusalFault(passwordLength: number | null, strategy: string): Fault {
  if (passwordLength === null) return 'password-missing';
  if (strategy === 'none') return 'strategy-unfit';
  return passwordLength > longestCollectorPassword ? 'password-too-long' : 'password-refused';
}

function read(text: Text, context: ProblemContext, detail = ''): string {
  return typeof text === 'string' ? text : text(context, detail);
}
