import type { Device } from '../ems/device.ts';
import { EmsFailure } from '../ems/diagnosis.ts';
import { callOptions, type EmsTarget, type Examination } from '../ems/examine.ts';
import type { TaggedEndpoint } from '../ems/session/inventory.ts';
import type { Tag } from '../ems/session/records.ts';
import { EmsSession } from '../ems/session/session.ts';
import type { SessionStatus } from '../ems/session/status.ts';

/** What one conversation with an EMS brought. */
export interface Conversation {
  status: SessionStatus;
  endpoints: ReadonlyMap<string, TaggedEndpoint>;
  tags: ReadonlyMap<string, Tag>;
  /** Why it ended early; null when it did not. */
  failure: EmsFailure | null;
  /** The first call that EMS refused without ending it. */
  refused: EmsFailure | null;
}

/**
 * Registers with an EMS that was examined and found connected, makes the calls that `wishes` leave over, and ends.
 * Null for an EMS that is not connected: nothing is sent to it.
 */
export async function converseOnce(
  target: EmsTarget,
  examination: Examination,
  wishes: Partial<Pick<Device, 'pullSysinfo' | 'pullTags' | 'websocketOverride'>>,
): Promise<Conversation | null> {
  const { outcome, facts } = examination;
  if (outcome !== 'connected' || facts === null) return null;
  const endpoints = new Map<string, TaggedEndpoint>();
  const tags = new Map<string, Tag>();
  let failure: EmsFailure | null = null;
  let refused: EmsFailure | null = null;
  // A command keeps no Fabric member alive: it ends at once.
  const device: Device = { ...target.device, ...wishes, downstream: [] };
  const session = new EmsSession(device, target.serial, target.clock, {
    changed: () => undefined,
    inventory: (change) => {
      for (const each of change.endpoints.put) endpoints.set(each.uid, each);
      for (const each of change.tags.put) tags.set(each.name, each);
      for (const name of change.tags.removed) tags.delete(name);
    },
    failed: (one) => {
      refused ??= one;
    },
    recovered: () => undefined,
    notified: () => undefined,
    socketClosed: () => undefined,
  });
  try {
    await session.round(callOptions(target, facts.sha256));
  } catch (error) {
    if (!(error instanceof EmsFailure)) throw error;
    failure = error;
  }
  const { status } = session;
  session.close();
  return { status, endpoints, tags, failure, refused };
}
