import { type EntryChange, sameUser } from './entry.ts';
import { type CollectorEvent, collectorEvent } from './events.ts';

/** The line of the log for a change of the table. */
export function changeEvent(change: EntryChange): CollectorEvent {
  const { ip, session, user, domain, workstation, groups, agent } = change.entry;
  const who = { ip, session, user, domain, workstation };
  if (change.kind === 'logoff') return collectorEvent({ msg: 'logoff', ...who, why: change.why });
  const { previous } = change;
  if (change.kind === 'status') {
    const { doubt } = change.entry;
    return doubt === null
      ? collectorEvent({ msg: 'logon verified', ...who })
      : collectorEvent({ msg: 'logon not verified', ...who, why: doubt });
  }
  const action = previous === null ? 'added' : sameUser(previous, change.entry) ? 'renewed' : 'replaced';
  return collectorEvent({
    msg: 'logon',
    ...who,
    action,
    ...(previous && action === 'replaced' && { previous: `${previous.domain}\\${previous.user}` }),
    groups: groups.text,
    agent,
  });
}
