/** Whom a port is for. */
export type ListeningSide = 'fortigates' | 'fortigates over TLS' | 'agents';

const audience: Readonly<Record<ListeningSide, string>> = {
  fortigates: 'FortiGates',
  'fortigates over TLS': 'FortiGates over TLS',
  agents: 'agents',
};

/** A port that could not be opened. The message is one line for a person. */
export class ListenFailure extends Error {
  override readonly name = 'ListenFailure';
  /** Name of the system's error, such as `EADDRINUSE`. */
  readonly code: string;
  /** True when the configured address is not one of this machine. */
  readonly isWrongAddress: boolean;

  constructor(side: ListeningSide, address: string, port: number, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'unknown error';
    const place = `${side === 'agents' ? 'UDP' : 'TCP'} port ${port} of ${address} for ${audience[side]}`;
    super(`cannot open ${place}: ${reasons[code] ?? `${cause.message} (${code})`}`);
    this.code = code;
    this.isWrongAddress = code === 'EADDRNOTAVAIL';
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses it: end that program, or configure another port',
  EADDRNOTAVAIL: 'the address is not one of this machine: configure collector.listen',
  EACCES: 'not permitted: ports below 1024 need more rights',
};
