import type { Clock } from '../../clock.ts';
import { type CallOptions, callEms } from '../call.ts';
import { CertificateError, readCertificate, readCertificateFile } from '../certificate.ts';
import type { Device } from '../device.ts';
import { EmsFailure } from '../diagnosis.ts';
import { serverText } from '../handshake.ts';
import type { CallName } from '../profile.ts';
import { CallLog } from './call-log.ts';
import { Freshness } from './freshness.ts';
import { Inventory, type InventoryChange } from './inventory.ts';
import { Listening } from './listening.ts';
import { readPublicAddress, readRegistered, readZtnaCa } from './records.ts';
import { gatewayBody, registrationBody } from './requests.ts';
import type { SessionStatus } from './status.ts';
import { type CallMore, TableFetcher } from './table-fetcher.ts';
import { notifiedTables, type TableName, tablesOf } from './tables.ts';

/** What a session tells its connector. None of it is called after `close`. */
export interface SessionReports {
  /** Something of the status moved. */
  changed: () => void;
  inventory: (change: InventoryChange) => void;
  /** A call failed; `path` is what it asked for. */
  failed: (failure: EmsFailure, path: string) => void;
  /** A call works that did not before. */
  recovered: (path: string) => void;
  /** EMS says that something changed, which is to be fetched now. */
  notified: (names: readonly string[]) => void;
  socketClosed: (code: number, reason: string, path: string, openMs: number) => void;
}

export type SessionStep = 'registration' | 'data';

/** Calls that the connector makes before there is a session. */
export type OwnCall = 'serialNumber' | 'entitlement';
const ownCalls: ReadonlySet<CallName> = new Set<OwnCall>(['serialNumber', 'entitlement']);

/** What is not counted elsewhere. */
type OwnStatus = Omit<
  SessionStatus,
  'websocket' | 'calls' | 'latencies' | 'endpointCount' | 'tagCount' | 'tagsFull' | 'outOfSyncSince'
>;

/** After these there is no point in the calls that would follow. */
const ends = (failure: EmsFailure): boolean =>
  failure.problem.code !== -5 || failure.fault === 'too-many-calls' || failure.fault === 'serial-refused';

/**
 * What follows once EMS is trusted, authorised us and a person accepted its certificate: registration, our interfaces,
 * endpoints and tags, and notifications (docs/protocol/ems.md, Session). It makes calls only when told to.
 */
export class EmsSession {
  readonly #device: Device;
  readonly #serial: string;
  readonly #reports: SessionReports;
  readonly #log = new CallLog();
  readonly #inventory: Inventory;
  readonly #freshness: Freshness;
  readonly #fetcher: TableFetcher;
  readonly #listening: Listening;
  #closed = false;
  #sentGateways = '';
  #lastKeepAlive = Number.NEGATIVE_INFINITY;
  #status: OwnStatus;

  constructor(device: Device, serial: string | null, clock: Clock, reports: SessionReports) {
    this.#device = device;
    this.#serial = serial ?? '';
    this.#reports = reports;
    this.#inventory = new Inventory(device.profile.limits.mostRows, device.profile.limits.mostTagAddresses);
    this.#fetcher = new TableFetcher(device.profile, this.#inventory);
    this.#freshness = new Freshness(clock, device.outOfSyncAfter, () => this.#tell());
    this.#status = {
      registered: false,
      capabilities: null,
      tenantId: null,
      publicAddress: null,
      authUrl: null,
      ztnaCa: null,
    };
    this.#listening = new Listening(device, clock, {
      changed: (names) => this.#tablesChanged(names),
      moved: () => this.#tell(),
      closed: (code, reason, path, openMs) => reports.socketClosed(code, reason, path, openMs),
    });
  }

  get status(): SessionStatus {
    return {
      ...this.#status,
      websocket: this.#listening.status,
      calls: this.#log.results,
      latencies: this.#log.latencies,
      endpointCount: this.#inventory.endpointCount,
      tagCount: this.#inventory.tagCount,
      tagsFull: this.#inventory.tagsFull,
      outOfSyncSince: this.#freshness.since,
    };
  }

  /**
   * Everything that is due: what was not registered yet, the notifications, and the tables that may have changed.
   * @throws EmsFailure when EMS cannot be talked to, or the signal's reason; a call that EMS merely refuses is reported
   */
  async round(connection: CallOptions, onStep: (step: SessionStep) => void = () => {}): Promise<void> {
    onStep('registration');
    if (!this.#status.registered) await this.#register(connection);
    await this.#sendGateways(connection);
    await this.#keepAlive(connection);
    onStep('data');
    this.#freshness.watch(this.#tables());
    // What changed while nobody listened was not told.
    if (await this.#listening.open(connection, this.#status.capabilities)) this.#wantAll();
    for (const table of this.#tables())
      if (!this.#listening.isOpen || this.#fetcher.wanted.has(table)) await this.#fetch(table, connection);
      else this.#freshness.renew(table);
  }

  /** Fetches what EMS said has changed. Throws as `round` does. */
  async fetchWanted(connection: CallOptions): Promise<void> {
    for (const table of this.#tables())
      if (this.#fetcher.wanted.has(table)) await this.#fetch(table, connection);
  }

  /** Notes what a call that is the connector's own brought. */
  noteOwnCall(
    name: OwnCall,
    { at, latencyMs, failure }: { at: number; latencyMs: number | null; failure: EmsFailure | null },
  ): void {
    this.#note(name, at, latencyMs, failure);
  }

  /** Ends the notifications and asks for a new registration next time; endpoints and tags stay, and grow old. */
  pause(): void {
    const { registered } = this.#status;
    if (registered) this.#status = { ...this.#status, registered: false };
    this.#listening.end(registered);
    this.#sentGateways = '';
  }

  /** Another EMS answers: nothing that this one told counts any more. */
  forget(): void {
    this.pause();
    this.#fetcher.forget();
    this.#inventory.clear();
    this.#set({ capabilities: null, tenantId: null, publicAddress: null, authUrl: null, ztnaCa: null });
    this.#publish();
  }

  close(): void {
    this.#closed = true;
    this.#freshness.stop();
    this.#listening.stop();
  }

  #tables(): TableName[] {
    return tablesOf(this.#device, this.#status.capabilities);
  }

  async #register(connection: CallOptions): Promise<void> {
    const { fields } = this.#device.profile;
    const address = await this.#call('publicAddress', connection);
    const reply = await this.#call('register', connection, {
      body: registrationBody(this.#device, this.#serial),
      submission: true,
    });
    const registered = readRegistered(reply?.data, fields);
    const { authUrl, tenantId, capabilities } = registered;
    const publicAddress = address ? readPublicAddress(address.data, fields) : null;
    this.#set({ publicAddress, authUrl, tenantId, capabilities });
    const facts = { server: serverText(connection.host, connection.port) };
    if (!registered.authorized)
      throw new EmsFailure('not-authorized', { ...facts, ...(this.#serial ? { detail: this.#serial } : {}) });
    const { expectedTenant } = this.#device;
    if (expectedTenant !== null && tenantId !== null && tenantId.toLowerCase() !== expectedTenant)
      throw new EmsFailure('serial-changed', {
        ...facts,
        detail: `tenant ${expectedTenant} was expected, ${tenantId} answers`,
      });
    const ca = await this.#call('ztnaCa', connection);
    const pem = ca ? readZtnaCa(ca.data, fields) : null;
    this.#set({ ztnaCa: pem === null ? null : ztnaCaOf(pem), registered: true });
    this.#wantAll();
  }

  #wantAll(): void {
    for (const table of this.#tables()) this.#fetcher.wanted.add(table);
  }

  async #sendGateways(connection: CallOptions): Promise<void> {
    const body = gatewayBody(this.#device);
    const text = JSON.stringify(body);
    if (text === this.#sentGateways) return;
    if (await this.#call('gateways', connection, { body })) this.#sentGateways = text;
  }

  async #keepAlive(connection: CallOptions): Promise<void> {
    const { downstream, profile } = this.#device;
    const now = connection.clock.now();
    if (
      !this.#device.isRoot ||
      downstream.length === 0 ||
      now - this.#lastKeepAlive < profile.timers.keepAliveEvery
    )
      return;
    const body = { [profile.fields.keepAlive.serials]: downstream };
    if (await this.#call('keepAlive', connection, { body })) this.#lastKeepAlive = now;
  }

  #tablesChanged(names: readonly string[]): void {
    const changed = notifiedTables(names, this.#tables(), this.#device.profile);
    // What is to be fetched anyway is not told again, however often EMS says it.
    if (changed.every((table) => this.#fetcher.wanted.has(table))) return;
    for (const table of changed) this.#fetcher.wanted.add(table);
    this.#reports.notified(names);
  }

  #fetch(name: TableName, connection: CallOptions): Promise<void> {
    return this.#fetcher.fetch(name, {
      call: (call, more) => this.#call(call, connection, more),
      unreadable: (call, detail) => this.#unreadable(call, connection, detail),
      publish: () => this.#publish(),
      fetched: (table) => {
        this.#freshness.renew(table);
        this.#tell();
      },
    });
  }

  /** Null when EMS refused the call in a way that leaves the others possible. */
  async #call(
    name: CallName,
    connection: CallOptions,
    more: CallMore = {},
  ): Promise<{ data: unknown } | null> {
    const at = connection.clock.now();
    const { calls, limits } = this.#device.profile;
    try {
      const reply = await callEms(connection, { call: calls[name], longest: limits.longestReply, ...more });
      this.#note(name, at, reply.latencyMs, null);
      return reply;
    } catch (error) {
      if (!(error instanceof EmsFailure)) throw error;
      this.#note(name, at, null, error);
      if (ends(error)) throw error;
      return null;
    }
  }

  #unreadable(name: CallName, connection: CallOptions, detail: string): void {
    const facts = { server: serverText(connection.host, connection.port), httpStatus: 200, detail };
    this.#note(name, connection.clock.now(), null, new EmsFailure('reply-unreadable', facts));
  }

  #note(name: CallName, at: number, latencyMs: number | null, failure: EmsFailure | null): void {
    const { path } = this.#device.profile.calls[name];
    const before = this.#log.results.find((each) => each.name === name)?.problem ?? null;
    const problem = failure?.problem ?? null;
    const status = failure ? failure.httpStatus : 200;
    const ok = failure === null;
    const recovered = this.#log.note({ name, path, at, status, latencyMs, ok, problem });
    if (recovered) this.#reports.recovered(path);
    // The connector's own calls are reported by it: its state depends on them.
    if (failure && !ends(failure) && !ownCalls.has(name) && problem?.message !== before?.message)
      this.#reports.failed(failure, path);
    this.#tell();
  }

  #publish(): void {
    const change = this.#inventory.take();
    const { endpoints, tags } = change;
    const count = endpoints.put.length + endpoints.removed.length + tags.put.length + tags.removed.length;
    if (count > 0 && !this.#closed) this.#reports.inventory(change);
  }

  #set(patch: Partial<OwnStatus>): void {
    this.#status = { ...this.#status, ...patch };
    this.#tell();
  }

  #tell(): void {
    if (!this.#closed) this.#reports.changed();
  }
}

function ztnaCaOf(pem: string): SessionStatus['ztnaCa'] {
  try {
    const [der] = readCertificateFile(Buffer.from(pem));
    if (!der) return null;
    const { subject, sha256, validTo } = readCertificate(der);
    return { subject, sha256, validTo };
  } catch (error) {
    if (error instanceof CertificateError) return null;
    throw error;
  }
}
