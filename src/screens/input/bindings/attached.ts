import { coarseAge } from '../../../coarse-age.ts';
import { quoted } from '../../../query/tree.ts';
import type { ActionResult, Actions } from '../../../state/actions.ts';
import type { Binding } from '../binding.ts';
import type { Controls, Situation } from '../controls.ts';

const readOnly = 'It changes a peer: start fabrictop with --write';

/** Attached collectors, what they are made of, and their entries. What changes one exists in write mode only, on both sides. */
export const attachedBindings: readonly Binding[] = [
  {
    id: 'screen.attached',
    keys: ['s'],
    command: 'attached',
    argument: 'filter',
    help: 'Show the attached collectors: their feeds, agents, domain controllers, servers, FortiGates and queues',
    group: 'Screens',
    run: (controls, { argument }) => controls.show('attached', undefined, argument ?? ''),
  },
  {
    id: 'screen.entries',
    keys: ['n'],
    command: 'entries',
    argument: 'filter',
    help: 'Show the entries of attached collectors, or of the selected collector or agent: who is where, how we know, until when',
    group: 'Screens',
    hint: 'Entries',
    hintOn: ['attached', 'component', 'controllers', 'controller'],
    run: (controls, { argument }) => {
      const { component, controller } = controls.situation;
      const own = controller ? ofController(controller) : ofComponent(component);
      controls.show('entries', undefined, argument ?? own);
    },
  },
  {
    id: 'screen.controllers',
    keys: ['P'],
    command: 'domain-controllers',
    aliases: ['dcs'],
    argument: 'filter',
    help: 'Show the domain controllers of attached collectors: how each is polled, how far behind, what that costs and misses',
    group: 'Screens',
    hint: 'DCs',
    hintOn: ['attached', 'component'],
    run: (controls, { argument }) => controls.show('controllers', undefined, argument ?? ''),
  },
  {
    id: 'attached.end-entry',
    keys: ['X'],
    command: 'end-entry',
    help: 'End the selected entry on its collector',
    group: 'Act',
    hint: 'End',
    harm: true,
    on: ['entries', 'entry'],
    disabled: ({ write, entry }) => {
      if (!write) return readOnly;
      return entry ? undefined : 'There is no entry to end';
    },
    run: (controls) => {
      const { entry } = controls.situation;
      if (!entry) return;
      const { id, user, domain, ip, session, collector, agent } = entry;
      controls.ask({
        title: `End the logon of ${user} on ${collector}?`,
        lines: [
          ['User', domain === '' ? user : `${domain}\\${user}`],
          ['Address', session === 0 ? ip : `${ip}, session ${session}`],
          ['Reported by', agent],
          '',
          'Every FortiGate of this collector is told that the user has logged off. The next report of the logon brings it back.',
        ],
        yes: 'End',
        action: () => controls.act(`Ending the logon of ${user}`, () => controls.actions.endEntry(id)),
      });
    },
  },
  aboutGroups({
    id: 'attached.clear-groups',
    command: 'clear-groups',
    help: 'Let the collector forget the groups of the selected user, or of everybody',
    title: (whose, collector) => `Forget the groups of ${whose} on ${collector}?`,
    line: 'Its directories are asked again with the next logon. Who is logged on keeps the groups that FortiGates were told.',
    yes: 'Forget',
    doing: (whose) => `Forgetting the groups of ${whose}`,
    act: (actions, collector, user) => actions.clearGroups(collector, user),
  }),
  aboutGroups({
    id: 'attached.renew-groups',
    command: 'look-up-groups',
    help: 'Let the collector look up the groups of the selected user, or of everybody, again',
    title: (whose, collector) => `Look up the groups of ${whose} again on ${collector}?`,
    line: 'Its directories are asked now. Where groups changed, FortiGates are told; whom their filters no longer match is logged off there.',
    yes: 'Look up',
    doing: (whose) => `Looking up the groups of ${whose}`,
    act: (actions, collector, user) => actions.renewGroups(collector, user),
  }),
  {
    id: 'attached.poll-period',
    keys: ['E'],
    command: 'poll-period',
    argument: 'number',
    help: 'Let the collector poll its domain controllers each so many seconds, 1 to 60, until ":poll-period configured"',
    group: 'Act',
    hint: 'Period',
    on: ['controllers', 'controller'],
    disabled: ({ write, controller }) => {
      if (!write) return readOnly;
      return controller?.polling ? undefined : 'Only a domain controller that is polled has a period';
    },
    run: (controls, { argument }) => {
      if (argument === undefined) controls.openCommandBar('poll-period ');
      else askPeriod(controls, argument);
    },
  },
  {
    id: 'attached.disconnect',
    keys: ['X'],
    command: 'disconnect',
    help: 'Let the collector disconnect the selected FortiGate',
    group: 'Act',
    hint: 'Disconnect',
    harm: true,
    on: ['attached', 'component'],
    disabled: ({ write, component }) => {
      if (!write) return readOnly;
      return component?.kind === 'fortigate' ? undefined : 'Only a FortiGate can be disconnected';
    },
    run: (controls) => {
      const { component } = controls.situation;
      if (component?.kind !== 'fortigate') return;
      const { id, name, collector } = component;
      controls.ask({
        title: `Disconnect a FortiGate from ${collector}?`,
        lines: [
          ['FortiGate', name],
          '',
          'It is sent what waits, then its connection is closed. It usually connects again by itself, and asks for all logons.',
        ],
        yes: 'Disconnect',
        action: () => controls.act(`Disconnecting ${name}`, () => controls.actions.disconnectFortigate(id)),
      });
    },
  },
];

/** The filter for the entries that were found at a domain controller, or that its agent reported. */
export function ofController({ collector, name, agent }: NonNullable<Situation['controller']>): string {
  return `collector:=${quoted(collector)} agent:=${quoted(agent ?? name)}`;
}

/** Longest and shortest time between two polls in seconds, and the longest where sessions are polled (docs/cli.md, collector.polling.period). */
const periods = { least: 1, most: 60, mostOfSessions: 9 } as const;

function askPeriod(controls: Controls, text: string): void {
  const { controller } = controls.situation;
  if (!controller?.polling) return;
  const { collector, mode, polling } = controller;
  const isConfigured = 'configured'.startsWith(text.toLowerCase());
  const seconds = isConfigured ? null : Number(text);
  if (seconds !== null && !(/^\d+$/.test(text) && seconds >= periods.least && seconds <= periods.most)) {
    controls.tell(`${text}: ${periods.least} to ${periods.most} seconds, or "configured"`);
    return;
  }
  const isShortened = mode === 'netapi' && (seconds ?? 0) > periods.mostOfSessions;
  controls.ask({
    title:
      seconds === null
        ? `Poll the domain controllers of ${collector} as it is configured?`
        : `Poll all domain controllers of ${collector} every ${seconds} s?`,
    lines: [
      ['Now', `${controller.name} every ${coarseAge(polling.periodMs)}`],
      '',
      seconds === null
        ? 'The period of its configuration holds again, with those for times of the day.'
        : `It holds before every configured period, until ":poll-period configured" or the end of the collector. Where sessions are read it is ${periods.mostOfSessions} s at most${isShortened ? ', as here' : ''}.`,
    ],
    yes: 'Poll',
    action: () =>
      controls.act('Changing the period', () => controls.actions.setPollPeriod(collector, seconds)),
  });
}

/** What a collector is to do about groups: those of the selected entry's user, or of everybody where a component is selected. */
interface GroupsCommand {
  readonly id: string;
  readonly command: string;
  readonly help: string;
  readonly title: (whose: string, collector: string) => string;
  readonly line: string;
  readonly yes: string;
  readonly doing: (whose: string) => string;
  readonly act: (actions: Actions, collector: string, user: string | null) => Promise<ActionResult>;
}

function aboutGroups({ id, command, help, title, line, yes, doing, act }: GroupsCommand): Binding {
  return {
    id,
    keys: [],
    command,
    help,
    group: 'Act',
    harm: true,
    on: ['attached', 'component', 'entries', 'entry'],
    disabled: ({ write, entry, component }) => {
      if (!write) return readOnly;
      return entry || component ? undefined : 'Choose a collector or an entry';
    },
    run: (controls) => {
      const { entry, component } = controls.situation;
      const collector = entry?.collector ?? component?.collector;
      if (collector === undefined) return;
      const user = entry ? (entry.domain === '' ? entry.user : `${entry.domain}\\${entry.user}`) : null;
      const whose = user ?? 'everybody';
      controls.ask({
        title: title(whose, collector),
        lines: [line],
        yes,
        action: () => controls.act(doing(whose), () => act(controls.actions, collector, user)),
      });
    },
  };
}

/** The filter for the entries that came by a component; blank, which is all, for most kinds. */
export function ofComponent(component: Situation['component']): string {
  if (component?.kind !== 'collector' && component?.kind !== 'agent') return '';
  const own = `collector:=${quoted(component.collector)}`;
  // Behind the address of an agent may stand the feed that hears it.
  const [address = ''] = component.name.split(' ');
  return component.kind === 'agent' ? `${own} agent:=${quoted(address)}` : own;
}
