import { HttpFailure } from '../../ems/http-failure.ts';
import type { WhyToldLogon } from '../../fsso/why/facts.ts';
import type { WhyQuestion } from '../../why-report.ts';
import type { FortigateUser } from '../fortigate/identity-reading.ts';
import type { FortigateTarget } from '../fortigate/setup.ts';

type Asked = Pick<FortigateTarget, 'name' | 'client'>;

/**
 * The subject as FortiGates have it: as the one that the question names, else as the first that has it. Null where none has, or
 * tells.
 */
export async function toldBy(
  { subject, seen }: WhyQuestion,
  fortigates: readonly Asked[],
  now: number,
  signal?: AbortSignal,
): Promise<WhyToldLogon | null> {
  const asked = seen ? fortigates.filter(({ name }) => name === seen.fortigate) : fortigates;
  const ip = seen?.ip ?? (subject.kind === 'ip' ? subject.value : null);
  const user = subject.value.slice(subject.value.lastIndexOf('\\') + 1).toLowerCase();
  const isMeant = (each: FortigateUser) =>
    (subject.kind === 'ip' || each.user.slice(each.user.lastIndexOf('\\') + 1).toLowerCase() === user) &&
    (ip === null || each.ip === ip) &&
    (!seen || each.vdom === seen.vdom);
  const found = await Promise.all(asked.map((target) => toldOf(target, ip, isMeant, now, signal)));
  return found.find((each) => each !== null) ?? null;
}

async function toldOf(
  { name, client: { identity } }: Asked,
  ip: string | null,
  isMeant: (user: FortigateUser) => boolean,
  now: number,
  signal?: AbortSignal,
): Promise<WhyToldLogon | null> {
  try {
    const users = ip === null ? (await identity.users(signal)).rows : await identity.usersAt(ip, signal);
    const user = users.find(isMeant);
    if (user === undefined) return null;
    const { vdom, method, server: entry, groups, durationSeconds, policyId } = user;
    const entries = entry === null ? [] : await identity.fssoEntries(signal).catch(orNone);
    const link = entries.find((each) => each.name === entry && each.vdom === vdom);
    return {
      fortigate: name,
      vdom,
      user: user.user,
      ip: user.ip,
      method,
      entry,
      groups,
      since: durationSeconds === null ? null : now - durationSeconds * 1000,
      policyId,
      link: link === undefined ? null : { status: link.status, activeServer: link.activeServer },
    };
  } catch (error) {
    if (error instanceof HttpFailure) return null;
    throw error;
  }
}

function orNone(error: unknown): [] {
  if (error instanceof HttpFailure) return [];
  throw error;
}
