import type { SeenCertificate } from '../network/tls.ts';
import { longestCollectorPassword, ports } from '../wire/profile.ts';
import type { OwnAddress } from './own-address.ts';

/** What a problem's text may draw on. Nothing in it is secret: of a password only its length. */
export interface ProblemContext {
  readonly host: string;
  readonly port: number;
  readonly source?: OwnAddress | undefined;
  readonly hasTls?: boolean;
  /** What the peer showed over TLS. */
  readonly certificate?: SeenCertificate | null;
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
  | 'no-interface'
  | 'no-interface-address'
  | 'tls-missing'
  | 'tls-plain'
  | 'tls-closed'
  | 'tls-failed'
  | 'tls-untrusted'
  | 'tls-dates'
  | 'tls-name'
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

export type Text = string | ((context: ProblemContext, detail: string) => string);
type Row = { stage: string; message: Text; cause: Text; fix: readonly Text[] };

const place: Text = ({ host, port }) => `${host} port ${port}`;
const tlsPort = 'use the TLS port of the collector, 8001 by default, and check that SSL is on there';
const telnet: Text = ({ host, port, hasTls }) =>
  hasTls
    ? `run "openssl s_client -connect ${host}:${port}" from here: a collector shows its banner behind the handshake`
    : `run "telnet ${host} ${port}" from here: a collector shows its banner at once, for example FSSO 5.0.0278`;
const checkService =
  'on the collector, check that the service "Fortinet Single Sign On Agent Service" runs and its status says RUNNING';
const firewall: Text = ({ port }) =>
  `allow TCP ${port} from this machine in the Windows firewall of the collector and on the way to it`;
const samePassword =
  'set the same password here and in the collector ("Require authenticated connection from FortiGate")';
const allowed: Text = ({ identity }) => `check that the collector accepts ${identity} as a FortiGate`;

/** Stage, text, cause and fix of each fault (docs/protocol/fsso.md, Troubleshooting). */
export const problemRows: Readonly<Record<Fault, Row>> = {
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
    message: (context, code) => `cannot connect from ${ownText(context)} (${code})`,
    cause:
      'The address to connect from (source-ip, source-ip6 or that of interface) is not one of this machine, or cannot reach the collector.',
    fix: ['set it to an address of this machine that reaches the collector, or remove it'],
  },
  'connect-failed': {
    stage: 'tcp',
    message: (context, code) => `cannot connect to ${read(place, context)} (${code})`,
    cause: 'The system refused the connection.',
    fix: ['check the address and the port in servers', firewall],
  },
  'no-interface': {
    stage: 'tcp',
    message: ({ source }) => `this machine has no interface ${source?.interface} that is up`,
    cause: 'interface-select-method is specify, and the interface is missing or misspelt.',
    fix: ['set interface to one that "ip address" lists here', 'or set interface-select-method: auto'],
  },
  'no-interface-address': {
    stage: 'tcp',
    message: ({ source, host }) => `interface ${source?.interface} has no address to reach ${host} from`,
    cause: 'The interface has no address of the family (IPv4 or IPv6) that the collector has.',
    fix: ['give the interface an address of that family', 'or choose another interface'],
  },
  'tls-missing': {
    stage: 'tls',
    message: (context, seconds) => `${read(place, context)} did not complete TLS within ${seconds} s`,
    cause: 'The service hangs, or is no TLS server: a collector speaks TLS on 8001 and plainly on 8000.',
    fix: [tlsPort, checkService],
  },
  'tls-plain': {
    stage: 'tls',
    message: (context) => `${read(place, context)} does not speak TLS`,
    cause: ({ port }) =>
      port === ports.fortigate
        ? 'Port 8000 is the port of the collector without TLS.'
        : 'The port is one of the collector without TLS, or of another service.',
    fix: [tlsPort, 'or set ssl: disable'],
  },
  'tls-closed': {
    stage: 'tls',
    message: (_, code) => `the peer broke the TLS handshake off (${code})`,
    cause:
      'The collector has no certificate or key to show, its service is just stopping, or this is no TLS server.',
    fix: ['check the certificate and key that the collector loads for SSL', tlsPort, checkService],
  },
  'tls-failed': {
    stage: 'tls',
    message: (_, code) => `the TLS handshake failed (${code})`,
    cause: 'The two sides have no version, cipher or key strength in common.',
    fix: [
      'let the collector offer TLS 1.2 or 1.3 with a key of at least 2048 bits and SHA-256',
      'look at it with: openssl s_client -connect HOST:PORT',
    ],
  },
  'tls-untrusted': {
    stage: 'tls',
    message: (_, code) => `the certificate of the collector is not trusted (${code})`,
    cause: ({ certificate }) =>
      `Its chain does not lead to ssl-trusted-cert or trust.ca. It is issued by ${certificate?.issuer || 'nobody named'}.`,
    fix: [
      'set ssl-trusted-cert to a file with the CA that issued it, after checking its fingerprint on the collector',
      'or let the collector load a certificate of a CA that is installed here',
    ],
  },
  'tls-dates': {
    stage: 'tls',
    message: ({ certificate }, code) =>
      code === 'CERT_NOT_YET_VALID'
        ? `the certificate of the collector is not valid before ${dateText(certificate?.validFrom)}`
        : `the certificate of the collector expired at ${dateText(certificate?.validTo)}`,
    cause: 'The certificate, or a CA above it, ran out or is not valid yet; or the clock here is wrong.',
    fix: ['renew the certificate that the collector loads for SSL', 'check the date of this machine'],
  },
  'tls-name': {
    stage: 'tls',
    message: ({ host }) => `the certificate of the collector does not name ${host}`,
    cause: ({ certificate }) =>
      `ssl-server-host-ip-check is enable, and the certificate names ${certificate?.names || certificate?.subject || 'nobody'}.`,
    fix: [
      'set server to a name or an address that the certificate has',
      'or give the collector a certificate with this one as a subject alternative name',
      'or set ssl-server-host-ip-check: disable',
    ],
  },
  'hello-missing': {
    stage: 'hello',
    message: (_, seconds) => `connected, but no hello within ${seconds} s`,
    cause: ({ port, hasTls }) => {
      if (hasTls)
        return 'TLS is up, but the service behind it hangs or is no collector: a collector speaks first.';
      return port === ports.fortigateTls
        ? 'Port 8001 expects TLS and ssl is disable; or the collector service hangs.'
        : 'The service hangs, expects TLS, or is no collector: a collector speaks first.';
    },
    fix: [telnet, checkService, 'where the port is the TLS port of the collector, set ssl: enable'],
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
    cause: 'The port is the TLS port of the collector (8001 by default), and ssl is disable here.',
    fix: ['set ssl: enable and ssl-trusted-cert', 'or use the port without TLS, 8000 by default'],
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

function ownText({ host, source }: ProblemContext): string {
  if (source?.ip6 && (host.includes(':') || source.ip4 === null)) return `source-ip6 ${source.ip6}`;
  if (source?.ip4) return `source-ip ${source.ip4}`;
  return `interface ${source?.interface ?? 'unset'}`;
}

function dateText(time: number | undefined): string {
  return time === undefined || Number.isNaN(time) ? 'an unknown time' : new Date(time).toISOString();
}

/** A text of a row, with what it draws on filled in. */
export function read(text: Text, context: ProblemContext, detail = ''): string {
  return typeof text === 'string' ? text : text(context, detail);
}
