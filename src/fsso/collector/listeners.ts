/** Where a listener is. */
export interface Listening {
  readonly address: string;
  readonly port: number;
}

/** `address:port`, an IPv6 address in brackets. */
export function hostPort({ address, port }: Listening): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Every port that a collector can open: whom it is for, and its name in the log line `listening`. */
const listeners = {
  fortigates: { transport: 'TCP', audience: 'FortiGates', field: 'fortigate' },
  'fortigates over TLS': { transport: 'TCP', audience: 'FortiGates over TLS', field: 'fortigateTls' },
  agents: { transport: 'UDP', audience: 'agents', field: 'agents' },
  'agents over TLS': { transport: 'TCP', audience: 'agents over TLS', field: 'agentsTls' },
  'syslog over UDP': { transport: 'UDP', audience: 'syslog', field: 'syslogUdp' },
  'syslog over TCP': { transport: 'TCP', audience: 'syslog', field: 'syslogTcp' },
  'Windows events': { transport: 'TCP', audience: 'Windows events', field: 'windowsEvents' },
  'NTLM gate': { transport: 'TCP', audience: 'browsers', field: 'ntlmGate' },
  'NTLM proxy gate': { transport: 'TCP', audience: 'browsers with a proxy', field: 'ntlmProxyGate' },
  'NTLM gates over TLS': { transport: 'TCP', audience: 'gates of ours', field: 'gateLink' },
  'RADIUS accounting': { transport: 'UDP', audience: 'RADIUS accounting', field: 'radius' },
} as const satisfies Record<string, { transport: 'TCP' | 'UDP'; audience: string; field: string }>;

export type ListeningSide = keyof typeof listeners;
export type ListeningField = (typeof listeners)[ListeningSide]['field'];

export function listeningField(side: ListeningSide): ListeningField {
  return listeners[side].field;
}

/** A port that could not be opened. The message is one line for a person. */
export class ListenFailure extends Error {
  override readonly name = 'ListenFailure';
  /** Name of the system's error, such as `EADDRINUSE`. */
  readonly code: string;
  /** True when the configured address is not one of this machine. */
  readonly isWrongAddress: boolean;

  constructor(side: ListeningSide, address: string, port: number, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'unknown error';
    const { transport, audience } = listeners[side];
    const place = `${transport} port ${port} of ${address} for ${audience}`;
    super(`cannot open ${place}: ${reasons[code] ?? `${cause.message} (${code})`}`);
    this.code = code;
    this.isWrongAddress = code === 'EADDRNOTAVAIL';
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses it: end that program, or configure another port',
  EADDRNOTAVAIL: 'the address is not one of this machine: configure listen',
  EACCES: 'not permitted: ports below 1024 need more rights',
};
