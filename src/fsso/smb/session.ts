import type { Clock } from '../../clock.ts';
import { openTcp } from '../network/open-tcp.ts';
import type { NtlmDomain } from '../ntlm/av-pairs.ts';
import type { NtlmCredentials } from '../ntlm/client.ts';
import type { RpcPipe } from '../rpc/pipe.ts';
import type { WindowsTask } from '../windows/statuses.ts';
import {
  decodeCreate,
  decodeIoctl,
  decodeTreeConnect,
  emptyBody,
  encodeCreate,
  encodeIoctl,
  encodeTreeConnect,
  noFile,
} from './bodies.ts';
import { SmbConnection } from './connection.ts';
import { SmbFailure } from './failure.ts';
import { Preauth } from './keys.ts';
import { decoded, logIn, type Negotiated, negotiate } from './login.ts';
import { confirmsNegotiate, encodeValidateNegotiate, sortedDialects } from './negotiate.ts';
import { SmbPipe } from './pipe.ts';
import { type SmbPlace, smbFailure } from './problems.ts';
import {
  allDialects,
  controls,
  type Dialect,
  longestPayload,
  shareEncrypts,
  smbPort,
  statuses,
} from './profile.ts';

export interface SmbOptions {
  readonly host: string;
  /** Where the machine is; the host name is resolved where this is left out. */
  readonly address?: string | readonly string[];
  /** 445. */
  readonly port?: number;
  /** The address that the machine sees; the system's choice where it is left out. */
  readonly localAddress?: string;
  readonly credentials: NtlmCredentials;
  readonly clock: Clock;
  /** Milliseconds for TCP, and for each answer; 5,000. */
  readonly timeoutMs?: number;
  /** Milliseconds for TCP alone; absent: as for an answer. */
  readonly connectTimeoutMs?: number;
  /** Waited for before the password is proven; what it resolves with is called with the failure, or with null. */
  readonly loginTurn?: () => Promise<(failure: unknown) => void>;
  readonly signal?: AbortSignal;
  /** All that we speak. */
  readonly dialects?: readonly Dialect[];
  /** `offered`, which is the default: where the machine asks for it. `required`: always. */
  readonly encrypt?: 'offered' | 'required';
}

/** A login at a machine, with the share of the named pipes. Every message in both directions is signed or encrypted. */
export interface SmbSession {
  readonly dialect: Dialect;
  readonly signed: true;
  readonly encrypted: boolean;
  /** The domain that the machine belongs to, as the login tells. */
  readonly domain: NtlmDomain;
  /** Milliseconds that the machine took for the last answer that involves none of its services: the share, or an echo. */
  readonly roundTripMs: number;
  /** Opens a pipe by its name, `srvsvc` say. Rejects with SmbFailure or the reason of the signal. */
  openPipe(name: string, signal?: AbortSignal): Promise<RpcPipe>;
  /** Asks whether the machine is there; resolves with the round trip in milliseconds. */
  echo(signal?: AbortSignal): Promise<number>;
  /** Why the session ended; null where we ended it. */
  readonly closed: Promise<SmbFailure | null>;
  /** Logs off and ends the connection; never rejects. */
  close(): Promise<void>;
}

const defaultTimeoutMs = 5000;
/** Whoever closes does not wait longer for a machine that may be gone. */
const farewellMs = 1000;
const noTurn = async () => () => {};

/**
 * Connects, agrees on a dialect, logs in, and checks that nobody weakened what was agreed on.
 * @throws SmbFailure, or the reason of the signal
 */
export async function connectSmb(options: SmbOptions): Promise<SmbSession> {
  const { host, port = smbPort, credentials, clock, signal, address, localAddress } = options;
  const { timeoutMs = defaultTimeoutMs, dialects = allDialects, encrypt = 'offered' } = options;
  const { connectTimeoutMs = timeoutMs, loginTurn = noTurn } = options;
  const account = credentials.domain ? `${credentials.domain}\\${credentials.user}` : credentials.user;
  const place: SmbPlace = { host, port, account };
  const passed = signal && { signal };
  const socket = await openTcp({
    ...{ host, port, clock, limitMs: connectTimeoutMs },
    failure: (fault, code, detail) => smbFailure(fault, place, detail, code),
    ...(address !== undefined && { address }),
    ...(localAddress !== undefined && { localAddress }),
    ...passed,
  });
  const connection = new SmbConnection(socket, { place, clock, timeoutMs });
  try {
    const preauth = new Preauth();
    const negotiated = await negotiate(connection, sortedDialects(dialects), preauth, signal);
    const decided = await loginTurn();
    const domain = await logIn(connection, negotiated, preauth, {
      credentials,
      clock,
      encrypts: encrypt === 'required',
      ...passed,
    }).catch((error: unknown) => {
      decided(error);
      throw error;
    });
    decided(null);
    const session = new Session(connection, negotiated, clock, domain);
    await session.begin(signal);
    return session;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** What a pipe is opened for, by its name. */
const tasks: Readonly<Record<string, WindowsTask>> = {
  srvsvc: 'sessions',
  eventlog: 'event-log',
  wkssvc: 'logged-on users',
  winreg: 'registry',
  netlogon: 'ntlm verdict',
};

class Session implements SmbSession {
  readonly signed = true;
  readonly dialect: Dialect;
  readonly domain: NtlmDomain;
  readonly #connection: SmbConnection;
  readonly #negotiated: Negotiated;
  readonly #clock: Clock;
  readonly #longest: number;
  #roundTripMs = 0;

  constructor(connection: SmbConnection, negotiated: Negotiated, clock: Clock, domain: NtlmDomain) {
    const { choice } = negotiated;
    this.dialect = choice.dialect;
    this.domain = domain;
    this.#connection = connection;
    this.#negotiated = negotiated;
    this.#clock = clock;
    this.#longest = Math.min(longestPayload, choice.maxTransact, choice.maxRead, choice.maxWrite);
  }

  get encrypted(): boolean {
    return this.#connection.protection?.encrypts === true;
  }

  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  get closed(): Promise<SmbFailure | null> {
    return this.#connection.closed;
  }

  async begin(signal: AbortSignal | undefined): Promise<void> {
    const { place } = this.#connection;
    const started = this.#clock.now();
    const { header, message } = await this.#connection.request({
      command: 'treeConnect',
      body: encodeTreeConnect(`\\\\${place.host}\\IPC$`),
      task: 'pipe',
      ...(signal && { signal }),
    });
    this.#roundTripMs = this.#clock.now() - started;
    this.#connection.treeId = header.treeId;
    const { shareFlags } = decoded(this.#connection, () => decodeTreeConnect(message));
    if ((shareFlags & shareEncrypts) !== 0) this.#encrypt();
    await this.#checkNegotiation(signal);
  }

  /** The share wants it, which is all that we use of the machine (MS-SMB2 3.2.5.5). */
  #encrypt(): void {
    const { protection, place } = this.#connection;
    if (!protection?.cipher) throw smbFailure('no-encryption', place, this.dialect);
    this.#connection.protectWith({ ...protection, encrypts: true });
  }

  /**
   * Asks again, under a signature, what was agreed on in the clear (MS-SMB2 3.2.5.5). In 3.1.1 the keys themselves hold it. An older
   * machine does not know the question, and says so under a signature.
   */
  async #checkNegotiation(signal: AbortSignal | undefined): Promise<void> {
    const { offer, choice } = this.#negotiated;
    if (choice.dialect === '3.1.1' || !offer.dialects.some((name) => name.startsWith('3'))) return;
    const unknown: readonly number[] = [
      statuses.notSupported,
      statuses.invalidDeviceRequest,
      statuses.fileClosed,
      statuses.invalidParameter,
    ];
    const { place } = this.#connection;
    const { header, message } = await this.#connection
      .request({
        command: 'ioctl',
        body: encodeIoctl({
          control: controls.validateNegotiate,
          file: noFile,
          input: encodeValidateNegotiate(offer),
          maxOutput: 24,
        }),
        task: 'pipe',
        allowed: unknown,
        ...(signal && { signal }),
      })
      .catch((error: unknown) => {
        // A server that sees another offer than it had ends the connection (MS-SMB2 3.3.5.15.12).
        const isLost = error instanceof SmbFailure && error.problem.stage === 'tcp';
        throw isLost ? smbFailure('downgraded', place) : error;
      });
    if (header.status !== statuses.ok) return;
    const holds = decoded(this.#connection, () => confirmsNegotiate(decodeIoctl(message, 24), choice));
    if (!holds) throw smbFailure('downgraded', place);
  }

  async openPipe(name: string, signal?: AbortSignal): Promise<RpcPipe> {
    const task = tasks[name.toLowerCase()] ?? 'pipe';
    const { message } = await this.#connection.request({
      command: 'create',
      body: encodeCreate(name),
      task,
      ...(signal && { signal }),
    });
    const file = decoded(this.#connection, () => decodeCreate(message));
    return new SmbPipe(this.#connection, file, task, this.#longest);
  }

  async echo(signal?: AbortSignal): Promise<number> {
    const started = this.#clock.now();
    await this.#connection.request({
      command: 'echo',
      body: emptyBody,
      task: 'pipe',
      ...(signal && { signal }),
    });
    this.#roundTripMs = this.#clock.now() - started;
    return this.#roundTripMs;
  }

  async close(): Promise<void> {
    const late = new AbortController();
    const limit = this.#clock.after(farewellMs, () => late.abort());
    try {
      const { signal } = late;
      await this.#connection.request({ command: 'logoff', body: emptyBody, task: 'pipe', signal });
    } catch {
      // It is over either way.
    }
    limit.cancel();
    this.#connection.close();
  }
}
