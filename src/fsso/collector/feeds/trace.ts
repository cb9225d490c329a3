/** A logon as an agent sent it. Names are not safe. */
export interface TracedDatagram {
  readonly agent: string;
  readonly bytes: number;
  /** Unix seconds, by the agent's clock. */
  readonly time: number;
  readonly workstation: string;
  readonly domain: string;
  readonly user: string;
  /** null: the collector has to resolve the workstation. */
  readonly ip: string | null;
  readonly otherIp: string | null;
}

/** Follows what agents send. Must not throw. */
export interface DatagramTrace {
  /** A datagram of an agent that is a logon. */
  received(datagram: TracedDatagram): void;
}
