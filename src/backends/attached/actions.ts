import { safeText } from '../../safe-text.ts';
import type { ActionResult, Actions } from '../../state/actions.ts';
import { ReadOnlyError, type WriteGuard } from '../../verbs.ts';
import type { AttachedCollector } from './source.ts';

/** The kind of these sources in a configuration. */
export const attachedKind = 'attached';

/** The actions that reach attached collectors, by their names. */
export function attachedActions(
  collectors: ReadonlyMap<string, AttachedCollector>,
  guard: WriteGuard,
): Pick<
  Actions,
  'refreshAttached' | 'endEntry' | 'clearGroups' | 'renewGroups' | 'setPollPeriod' | 'disconnectFortigate'
> {
  async function ofGroups(
    name: string,
    user: string | null,
    verb: Parameters<WriteGuard['require']>[0],
    path: string,
    done: (whose: string) => string,
  ): Promise<ActionResult> {
    const collector = collectors.get(name);
    if (!collector) return gone('There is no such attached collector');
    const body = user === null ? {} : { user };
    return allowed(guard, verb, () =>
      collector.order(path, body, (count) => done(count === 1 ? '1 user' : `${count} users`)),
    );
  }

  return {
    refreshAttached: async (name) =>
      collectors.get(name)?.refresh() ?? gone('There is no such attached collector'),
    async endEntry(id) {
      for (const collector of collectors.values()) {
        const entry = collector.entry(id);
        if (!entry) continue;
        const { ip, session, user } = entry;
        const done = `The logon of ${safeText(user)} at ${ip} was ended on ${collector.name}`;
        return allowed(guard, 'end-logon', () => collector.order('/logons/end', { ip, session }, () => done));
      }
      return gone('The collector no longer has this entry');
    },
    clearGroups: (name, user) =>
      ofGroups(
        name,
        user,
        'clear-groups',
        '/groups/clear',
        (whose) => `${name} forgot the groups of ${whose}`,
      ),
    renewGroups: (name, user) =>
      ofGroups(
        name,
        user,
        'renew-groups',
        '/groups/renew',
        (whose) => `${name} asks its directories for the groups of ${whose}`,
      ),
    async setPollPeriod(name, seconds) {
      const collector = collectors.get(name);
      if (!collector) return gone('There is no such attached collector');
      const how = seconds === null ? 'as it is configured' : `every ${seconds} s`;
      return allowed(guard, 'set-poll-period', () =>
        collector.order('/polling/period', { seconds }, (count) =>
          count === 1
            ? `${name} polls its domain controller ${how}`
            : `${name} polls its ${count} domain controllers ${how}`,
        ),
      );
    },
    async disconnectFortigate(id) {
      for (const collector of collectors.values()) {
        const peer = collector.peer(id);
        if (peer === null) continue;
        const done = `${collector.name} closed the connection of ${safeText(peer)}`;
        return allowed(guard, 'disconnect-fortigate', () =>
          collector.order('/fortigates/disconnect', { fortigate: peer }, () => done),
        );
      }
      return gone('The collector no longer has this connection');
    },
  };
}

async function allowed(
  guard: WriteGuard,
  verb: Parameters<WriteGuard['require']>[0],
  act: () => Promise<ActionResult>,
): Promise<ActionResult> {
  try {
    guard.require(verb);
    return await act();
  } catch (error) {
    if (error instanceof ReadOnlyError) return { ok: false, problem: error.problem };
    throw error;
  }
}

function gone(message: string): ActionResult {
  const fix = ['Choose one of the list as it is now.'];
  return { ok: false, problem: { stage: 'control', code: null, message, cause: '', fix } };
}
