import type { LogonRow } from '../../state/changes.ts';
import type { Controls } from '../input/controls.ts';
import { count } from '../text/format.ts';

function howTheyReturn({ situation }: Controls): string {
  return `The collector keeps its own; ${situation.keyOf('refresh')} asks for all of them again.`;
}

function logons(number: number): string {
  return number === 1 ? '1 logon' : `${count(number)} logons`;
}

/** Asks before all logons of one of our connectors are cleared. */
export function askClearAll(controls: Controls, connector: string): void {
  const { ask, act, actions } = controls;
  ask({
    title: `Clear all logons of ${connector}?`,
    lines: [
      `Our own table of ${connector} is emptied: every one of its users is gone from it.`,
      howTheyReturn(controls),
    ],
    yes: 'Clear',
    action: () => act(`Clearing the logons of ${connector}`, () => actions.clearLogons(connector)),
  });
}

/** Asks before one logon of ours is cleared. */
export function askClearOne(controls: Controls, row: LogonRow): void {
  const { ask, act, actions } = controls;
  const { ip, session, user, domain, connector } = row;
  ask({
    title: `Clear the logon of ${user} at ${ip}?`,
    lines: [
      ['User', domain === '' ? user : `${domain}\\${user}`],
      ['Address', session === 0 ? ip : `${ip}, session ${session}`],
      '',
      `The row leaves our own table of ${connector}. ${howTheyReturn(controls)}`,
    ],
    yes: 'Clear',
    action: () =>
      act(`Clearing the logon of ${user}`, () =>
        actions.clearLogons(connector, { logon: { ip, session, user, domain } }),
      ),
  });
}

/** Counts what of our own tables passes the filter, and asks before it is cleared. */
export function askClearShown(controls: Controls, filter: string): void {
  const { ask, act, actions } = controls;
  act('Counting the logons', async () => {
    const offer = await actions.countLogons({ filter });
    if (!offer.ok) return offer;
    const total = offer.counts.reduce((sum, [, number]) => sum + number, 0);
    if (total === 0) return { ok: true, message: 'No logon of our own tables passes the filter' };
    ask({
      title: `Clear the ${logons(total)} that pass the filter?`,
      lines: [
        ['Filter', filter],
        ...offer.counts.map(([connector, number]) => `${logons(number)} of ${connector}`),
        '',
        `They leave our own tables. ${howTheyReturn(controls)}`,
      ],
      yes: 'Clear',
      action: () => {
        for (const [connector] of offer.counts)
          act(`Clearing logons of ${connector}`, () => actions.clearLogons(connector, { filter }));
      },
    });
    return null;
  });
}
