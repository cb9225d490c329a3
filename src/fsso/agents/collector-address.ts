/** Where an agent sends to. */
export interface CollectorAddress {
  /** Name or address. */
  host: string;
  port: number;
  /** Over TLS, with `AgentOptions.tls`; absent: datagrams. */
  tls?: boolean;
}
