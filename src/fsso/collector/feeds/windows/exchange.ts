import { sameName } from '../../entry.ts';
import type { EventLogon } from './event-logon.ts';
import type { WindowsEvent } from './event-xml.ts';

/** An Exchange server, under the names that the product's dialogue has. */
export interface ExchangeServer {
  /** Of users who come without one. */
  readonly domain: string;
  /** Its names and addresses. */
  readonly server: readonly string[];
  /** Domains whose users' logons at the server are not taken from logs of other machines. */
  readonly ignoreNames: readonly string[];
}

const shortName = (name: string) => name.split('.')[0]?.toUpperCase() ?? '';
const isAddress = (name: string) => /^[\d.]+$|:/.test(name);

/** Tells logons at an Exchange server from those that other machines log because of it (docs/protocol/fsso.md, Feeds). */
export class ExchangeServers {
  readonly #servers: readonly {
    readonly domain: string;
    readonly names: ReadonlySet<string>;
    readonly addresses: ReadonlySet<string>;
    readonly ignored: readonly string[];
  }[];
  readonly #nameOf: (domain: string) => string;

  /** @param nameOf the one name of a domain that may be written in two ways; absent: as it is written */
  constructor(servers: readonly ExchangeServer[], nameOf: (domain: string) => string = (domain) => domain) {
    this.#nameOf = nameOf;
    this.#servers = servers.map(({ domain, server, ignoreNames }) => ({
      domain,
      names: new Set(server.filter((name) => !isAddress(name)).map(shortName)),
      addresses: new Set(server.filter(isAddress)),
      ignored: ignoreNames,
    }));
  }

  get isEmpty(): boolean {
    return this.#servers.length === 0;
  }

  /** The default domain of the server whose own log the event is from; null where it is no Exchange server's. */
  domainOf({ computer }: Pick<WindowsEvent, 'computer'>): string | null {
    return this.#servers.find(({ names }) => names.has(shortName(computer)))?.domain ?? null;
  }

  /**
   * True for a logon of an ignored domain in another machine's log that shows the Exchange server as the client: the user
   * is not there, and it would hide where Exchange says that the user is.
   */
  ignores({ domain, ip, workstation }: EventLogon): boolean {
    return this.#servers.some(
      ({ names, addresses, ignored }) =>
        ignored.some((name) => sameName(this.#nameOf(name), this.#nameOf(domain))) &&
        ((ip !== null && addresses.has(ip)) || names.has(shortName(workstation))),
    );
  }
}
