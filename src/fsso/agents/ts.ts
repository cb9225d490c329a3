import type { PortRange } from '../wire/messages.ts';
import { type AgentOptions, DatagramSender } from './sender.ts';

/** A session of a terminal server, with all the port blocks that its user has. */
export interface TsLogon {
  /** Not 0. */
  session: number;
  domain: string;
  user: string;
  /** IPv4 address of the terminal server. */
  ip: string;
  ports: PortRange[];
}

/** A TS agent: tells collectors which ports belong to which user of a terminal server (docs/protocol/fsso.md, Datagrams). */
export class TsAgent {
  readonly #sender: DatagramSender;

  constructor(options: AgentOptions) {
    this.#sender = new DatagramSender(options);
  }

  /** Sends the first keepalive; the others follow by themselves. Rejects when a collector's name has no address. */
  start(): Promise<void> {
    return this.#sender.start();
  }

  /**
   * Sends one session once to each collector; send it again with all ranges when it gets another block. There is no
   * logoff. Rejects with EncodeError for what the protocol cannot carry.
   */
  logon({ session, domain, user, ip, ports }: TsLogon): Promise<void> {
    return this.#sender.send({
      kind: 'logon',
      time: this.#sender.time,
      ip,
      // The address stands where other agents name the workstation.
      workstation: ip,
      domain,
      user,
      terminal: { session, portRanges: ports },
    });
  }

  /** Waits for what is being sent, then closes. */
  stop(): Promise<void> {
    return this.#sender.stop();
  }
}
