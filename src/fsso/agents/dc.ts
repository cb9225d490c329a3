import { type AgentOptions, DatagramSender } from './sender.ts';

/** A logon as a domain controller sees it. */
export interface DcLogon {
  workstation: string;
  domain: string;
  user: string;
  /** IPv4; null leaves it to the collector to resolve the workstation. */
  ip: string | null;
  /** Second IPv4 address of the workstation. */
  ip2?: string | null;
}

/** A DC agent: tells collectors of logons at a domain controller (docs/protocol/fsso.md, Datagrams). */
export class DcAgent {
  readonly #sender: DatagramSender;

  constructor(options: AgentOptions) {
    this.#sender = new DatagramSender(options);
  }

  /** Sends the first keepalive; the others follow by themselves. Rejects when a collector's name has no address. */
  start(): Promise<void> {
    return this.#sender.start();
  }

  /** Sends one logon once to each collector. Rejects with EncodeError for names that the protocol cannot carry. */
  logon({ workstation, domain, user, ip, ip2 = null }: DcLogon): Promise<void> {
    return this.#sender.send({ kind: 'logon', time: this.#sender.time, ip, ip2, workstation, domain, user });
  }

  /** Waits for what is being sent, then closes. */
  stop(): Promise<void> {
    return this.#sender.stop();
  }
}
