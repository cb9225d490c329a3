import type { EmsOverview, FabricDevice } from '../ems/admin.ts';
import { advisoriesFor } from '../ems/advisories.ts';
import { HttpFailure, type HttpFault } from '../ems/http-failure.ts';
import type { Problem } from '../problem.ts';
import { safeText } from '../safe-text.ts';
import type { ActionResult } from '../state/actions.ts';
import type { DeviceRow, EmsAdminRow, EventLevel } from '../state/changes.ts';
import { ReadOnlyError } from '../verbs.ts';
import type { AdminTarget } from './ems-admin-setup.ts';
import { PeerWatch, type WatchState } from './peer-watch.ts';
import type { Sink, Source } from './source.ts';

/** The adapter of the administrator's side of one EMS. */
export interface EmsAdminSource extends Source {
  authorize(serial: string): Promise<ActionResult>;
  refresh(): Promise<ActionResult>;
}

/** After these only a person goes on, so that no administrator is locked for our tries. */
const untilAsked: ReadonlySet<HttpFault> = new Set(['sign-in-refused']);
/** These may pass when a certificate is accepted or a CA installed. */
const ofTrust: ReadonlySet<HttpFault> = new Set(['not-trusted', 'other-name', 'other-certificate']);

/** Puts what an EMS tells its administrators beside its connector: a row about EMS itself and one for each Fabric device. */
export function createEmsAdminSource({ target, server, session, admin }: AdminTarget): EmsAdminSource {
  const { name, clock, trust } = target;
  const { pollEvery, throttledWait } = target.device.profile.admin;
  let sink: Sink = () => {};
  let stopped = false;
  let overview: EmsOverview | null = null;
  let told = new Set<string>();
  let devices = new Map<string, DeviceRow>();

  const event = (level: EventLevel, text: string) =>
    sink({
      table: 'events',
      op: 'append',
      row: { time: clock.now(), level, source: name, logId: null, text: safeText(text) },
    });
  /** Once for as long as it holds. */
  const tell = (now: Set<string>, level: EventLevel, text: string) => {
    if (!told.has(text)) event(level, text);
    now.add(text);
  };

  const put = ({ failure, lastSuccess, nextTryAt }: WatchState) =>
    sink({
      table: 'admins',
      op: 'put',
      row: adminRow(name, server, overview, { lastSuccess, nextTryAt, problem: failure?.problem ?? null }),
    });

  const take = (found: EmsOverview) => {
    overview = found;
    const now = new Set<string>();
    for (const { problem } of advisoriesFor(found.version)) tell(now, 'warning', problem.message);
    if (found.license?.error) tell(now, 'warning', `EMS says about its licence: ${found.license.error}`);
    for (const part of found.failures) tell(now, 'notice', part.message);
    for (const { serial, authorized } of found.devices)
      if (authorized === false) tell(now, 'notice', `Fabric device ${serial} waits to be authorised on EMS`);
    told = now;
    noteListed(found);
    putDevices(found.devices);
  };

  // What the connector cannot know: a device that EMS refuses and never lists has another trouble than one that waits.
  const noteListed = ({ devices: listed, failures }: EmsOverview) => {
    const { serial, surroundings } = target;
    if (serial === null || (listed.length === 0 && failures.length > 0)) return;
    target.surroundings = { ...surroundings, serialListed: listed.some((each) => each.serial === serial) };
  };

  const putDevices = (found: readonly FabricDevice[]) => {
    const rows = new Map(
      found.map((device) => deviceRow(name, device, clock.now())).map((row) => [row.id, row]),
    );
    for (const id of devices.keys()) if (!rows.has(id)) sink({ table: 'devices', op: 'remove', id });
    for (const row of rows.values()) sink({ table: 'devices', op: 'put', row });
    devices = rows;
  };

  const watch = new PeerWatch({
    clock,
    trust,
    pollEvery,
    throttledWait,
    untilAsked,
    ofTrust,
    read: async (signal) => take(await admin.overview(signal)),
    put,
    event,
  });

  return {
    name: `${name} administrator`,
    start(given) {
      sink = given;
      watch.start();
    },
    async stop() {
      stopped = true;
      await watch.stop();
      await session.signOut();
      sink = () => {};
    },
    async authorize(serial) {
      try {
        const device = await admin.authorize(serial);
        event('notice', `Fabric device ${device.serial} was authorised on EMS`);
        if (!stopped) await watch.afresh();
        return { ok: true, message: `${device.serial} is authorised on the EMS of ${name}` };
      } catch (error) {
        return { ok: false, problem: problemOf(error) };
      }
    },
    refresh: () => watch.refresh(`The EMS of ${name} was asked`),
  };
}

/** What a person is told of a failed verb. @throws what is neither a refusal of ours nor one of the peer */
export function problemOf(error: unknown): Problem {
  if (error instanceof HttpFailure || error instanceof ReadOnlyError) return error.problem;
  throw error;
}

function adminRow(
  name: string,
  server: string,
  overview: EmsOverview | null,
  now: Pick<EmsAdminRow, 'lastSuccess' | 'nextTryAt' | 'problem'>,
): EmsAdminRow {
  const license = overview?.license ?? null;
  return {
    id: name,
    server,
    ...now,
    serialNumber: overview?.serialNumber ?? null,
    version: overview?.version ?? null,
    advisories: advisoriesFor(overview?.version ?? null).map(({ problem }) => problem.message),
    license:
      license === null
        ? null
        : { isTrial: license.isTrial, expiresAt: license.expiresAt, error: license.error },
    endpoints: overview?.endpoints ?? null,
  };
}

function deviceRow(connector: string, device: FabricDevice, now: number): DeviceRow {
  const { serial, name, authorized } = device;
  return { id: `${connector}|${serial}`, connector, serial, name, authorized, seenAt: now };
}
