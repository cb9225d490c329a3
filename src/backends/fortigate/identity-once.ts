import { acceptPrompt } from '../../ems/fortios.ts';
import { HttpFailure } from '../../ems/http-failure.ts';
import type { Policy } from '../../fsso/policy/model.ts';
import type { Problem } from '../../problem.ts';
import { safeJson } from '../../safe-json.ts';
import { safeText } from '../../safe-text.ts';
import { problemOf } from '../ems-admin.ts';
import { type EmsOnceResult, explain } from '../ems-once.ts';
import type { FortigateDecision } from './certificate-once.ts';
import { deauthRequest, requestText } from './identity.ts';
import type { FortigateUser } from './identity-reading.ts';
import type { FortigateTarget } from './setup.ts';

/** What one FortiGate answered, or why it did not. */
interface Answer<T> {
  readonly name: string;
  readonly rows: readonly T[];
  readonly isCut: boolean;
  readonly missing: readonly string[];
  readonly error: Problem | null;
}

type Ask<T> = (target: FortigateTarget) => Promise<Pick<Answer<T>, 'rows'> & Partial<Answer<T>>>;

/** Asks every FortiGate at once, and puts their rows into one document or one text. */
async function tell<T extends object>(
  targets: readonly FortigateTarget[],
  json: boolean,
  list: string,
  ask: Ask<T>,
  line: (row: T) => string,
): Promise<EmsOnceResult> {
  const answers = await Promise.all(
    targets.map(async (target): Promise<Answer<T>> => {
      const empty = { name: safeText(target.name), rows: [], isCut: false, missing: [], error: null };
      try {
        return { ...empty, ...(await ask(target)) };
      } catch (error) {
        return { ...empty, error: problemOf(error) };
      }
    }),
  );
  const rows = answers.flatMap(({ name, rows: own }) => own.map((row) => ({ fortigate: name, ...row })));
  const errors = answers.flatMap(({ name, error }) =>
    error === null ? [] : [{ fortigate: name, ...error }],
  );
  const text = answers.map(({ name, rows: own, error }) =>
    error === null
      ? [`${name}: ${own.length}`, ...own.map((row) => `  ${line(row)}`)].join('\n')
      : `${name}: no answer`,
  );
  return {
    output: json ? safeJson({ [list]: rows, total: rows.length, errors }) : `${text.join('\n')}\n`,
    diagnostics: answers.flatMap(({ name, isCut, missing, error }) => [
      ...(isCut ? [`${name}: there are more than the FortiGate told`] : []),
      ...missing.map((what) => `${name}: not told: ${what}`),
      ...(error === null ? [] : explain(name, error)),
    ]),
    isHealthy: answers.every(({ error, isCut, missing }) => error === null && !isCut && missing.length === 0),
  };
}

const where = (vdom: string | null) => (vdom === null ? '' : ` VDOM ${vdom}`);

/** Everybody whom the FortiGates have authenticated (docs/cli.md, fortigate users). */
export function fortigateUsersOnce(
  targets: readonly FortigateTarget[],
  json: boolean,
): Promise<EmsOnceResult> {
  return tell(targets, json, 'users', ({ client }) => client.identity.users(), userText);
}

function userText({ user, ip, vdom, method, server, groups, durationSeconds }: FortigateUser): string {
  const known = [
    `${method ?? 'method not said'}${server === null ? '' : ` by ${server}`}`,
    ...(groups.length === 0 ? [] : [`groups ${groups.join('+')}`]),
    ...(durationSeconds === null ? [] : [`for ${durationSeconds} s`]),
  ];
  return `${ip} ${user}${where(vdom)}: ${known.join(', ')}`;
}

/** The `user fsso` entries of the FortiGates; healthy when every one is connected. */
export async function fortigateFssoOnce(
  targets: readonly FortigateTarget[],
  json: boolean,
): Promise<EmsOnceResult> {
  const down: string[] = [];
  const told = await tell(
    targets,
    json,
    'entries',
    async ({ name, client }) => {
      const rows = await client.identity.fssoEntries();
      for (const entry of rows)
        if (entry.status !== 'connected')
          down.push(
            `${safeText(name)}: ${entry.name}${where(entry.vdom)} is ${entry.status ?? 'without a status'}`,
          );
      return { rows };
    },
    ({ name, type, vdom, status, activeServer }) =>
      `${name}${where(vdom)}: ${type}, ${status ?? 'no status'}${activeServer === null ? '' : `, uses ${activeServer}`}`,
  );
  return {
    ...told,
    diagnostics: [...told.diagnostics, ...down],
    isHealthy: told.isHealthy && down.length === 0,
  };
}

/** The policies of the FortiGates, in their order. */
export function fortigatePoliciesOnce(
  targets: readonly FortigateTarget[],
  json: boolean,
): Promise<EmsOnceResult> {
  return tell(
    targets,
    json,
    'policies',
    async ({ name, client }) => {
      const { policies, missing } = await client.identity.policies(name);
      return { rows: policies, missing };
    },
    policyText,
  );
}

const listed = (names: readonly string[]) => names.join('+') || '-';

function policyText(policy: Policy): string {
  const { id, name, vdom, enabled, action, groups, fssoGroups, users, ntlm } = policy;
  const who = [...groups, ...fssoGroups, ...users];
  const from = `${listed(policy.sourceInterfaces)} ${policy.sourceNegated ? 'not ' : ''}${listed(policy.sourceAddresses)}`;
  const to = `${listed(policy.destinationInterfaces)} ${policy.destinationNegated ? 'not ' : ''}${listed(policy.destinationAddresses)}`;
  return [
    `${id}${name === null ? '' : ` ${name}`}${where(vdom)}: ${action}${enabled ? '' : ' (disabled)'}`,
    `from ${from} to ${to}`,
    who.length === 0 ? 'anybody' : `groups ${who.join('+')}`,
    ...(ntlm ? ['NTLM'] : []),
  ].join(', ');
}

/** The user groups of the FortiGates, then the groups of the directory that they know. */
export function fortigateGroupsOnce(
  targets: readonly FortigateTarget[],
  json: boolean,
): Promise<EmsOnceResult> {
  return tell(
    targets,
    json,
    'groups',
    async ({ client }) => {
      const { groups, directoryGroups, missing } = await client.identity.groups();
      const known = groups.map((group) => ({ ...group, server: null }));
      const ofDirectory = directoryGroups.map((group) => ({ ...group, type: 'directory', members: [] }));
      return { rows: [...known, ...ofDirectory], missing };
    },
    ({ name, vdom, type, members, server }) =>
      `${name}${where(vdom)}: ${[
        type,
        ...(members.length === 0 ? [] : [`members ${members.join('+')}`]),
        ...(server === null ? [] : [`from ${server}`]),
      ].join(', ')}`,
  );
}

/** Endpoints with FortiClient as the FortiGates know them. */
export function fortigateEndpointsOnce(
  targets: readonly FortigateTarget[],
  json: boolean,
): Promise<EmsOnceResult> {
  return tell(
    targets,
    json,
    'endpoints',
    async ({ client }) => {
      const { rows, isCut } = await client.identity.endpoints();
      const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());
      return { rows: rows.map((row) => ({ ...row, seenAt: iso(row.seenAt) })), isCut };
    },
    ({ host, uid, ip, user, vdom, online, emsSerial }) =>
      `${ip ?? '-'} ${host ?? uid ?? '-'}${where(vdom)}: ${[
        online === null ? 'not said' : online ? 'online' : 'offline',
        ...(user === null ? [] : [user]),
        ...(emsSerial === null ? [] : [`EMS ${emsSerial}`]),
      ].join(', ')}`,
  );
}

/** Logs one user off on a FortiGate, once it is clear who is hit (docs/cli.md, fortigate deauth). */
export async function fortigateDeauthOnce(
  { name: configured, client }: FortigateTarget,
  who: { readonly user: string; readonly vdom?: string },
  decision: FortigateDecision,
): Promise<EmsOnceResult> {
  const name = safeText(configured);
  const nothing = (output: string, why: string) => ({
    output,
    diagnostics: [`${name}: ${why}`],
    isHealthy: false,
  });
  try {
    const { rows } = await client.identity.users();
    const found = rows.filter(
      ({ user, ip, vdom }) =>
        (ip === who.user || user.toLowerCase() === who.user.toLowerCase()) &&
        (who.vdom === undefined || vdom === who.vdom),
    );
    const listed = found.map((each) => `  ${userText(each)}\n`).join('');
    const [user] = found;
    if (user === undefined) return nothing('', `it has no user ${safeText(who.user)}`);
    if (found.length > 1)
      return nothing(
        listed,
        `${found.length} fit, and nothing was sent: name one address, and its VDOM with --vdom`,
      );
    const request = deauthRequest(user);
    if (request === null)
      return nothing(
        listed,
        'it does not say enough of this user (number and method) to remove only him, so nothing was sent',
      );
    const preview = `${name} would log off:\n${listed}and be sent:\n  ${safeText(requestText(request))}\n`;
    if (decision.kind === 'none')
      return nothing(preview, 'nothing was sent: no terminal to ask at, and no --yes');
    if (decision.kind === 'ask') {
      const answer = await decision.ask(preview, acceptPrompt);
      if (answer === null || !/^y(es)?$/i.test(answer.trim()))
        return nothing('', 'nothing was sent: the answer was not y');
    }
    if (!(await client.identity.deauthenticate(user)))
      return nothing('', 'nothing was sent: the user is no longer there under the same number');
    return {
      output: `${decision.kind === 'ask' ? '' : preview}${user.user} at ${user.ip} was logged off\n`,
      diagnostics: [],
      isHealthy: true,
    };
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    return { output: '', diagnostics: explain(name, error.problem), isHealthy: false };
  }
}

/** Lets a FortiGate read the groups of its collectors again. */
export async function fortigateRefreshOnce(
  { name: configured, client }: FortigateTarget,
  vdom: string | null,
): Promise<EmsOnceResult> {
  const name = safeText(configured);
  try {
    await client.identity.refreshServers(vdom);
    return { output: `${name} reads the groups of its collectors again\n`, diagnostics: [], isHealthy: true };
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    return { output: '', diagnostics: explain(name, error.problem), isHealthy: false };
  }
}
