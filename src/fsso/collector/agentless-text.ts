import { safeText } from '../../safe-text.ts';
import type { Entry } from './entry.ts';
import type { PolledController } from './feeds/feed.ts';
import type { DirectoryHealth } from './groups/directory.ts';

/** What the outputs tell of one entry of `user fsso-polling`. */
export interface AgentlessReport {
  readonly id: number;
  readonly server: string;
  /** 0: automatic. */
  readonly port: number;
  readonly user: string;
  readonly frequencySeconds: number;
  readonly groups: readonly string[];
  readonly controller: PolledController;
  readonly directories: readonly DirectoryHealth[];
  readonly logons: readonly Entry[];
}

/**
 * After `diagnose debug fsso-polling detail`, in so far as its fields are known here (docs/protocol/windows.md, Polling).
 */
export function agentlessDetail(reports: readonly AgentlessReport[]): string {
  return ['AD Server Status:', ...reports.flatMap(detailLines), ''].join('\n');
}

function detailLines({ id, server, port, user, controller, ...rest }: AgentlessReport): string[] {
  const { polls, failures, bookmark, problem } = controller;
  const latest = rest.logons.reduce((newest, { logonTime }) => Math.max(newest, logonTime), 0);
  const answers = rest.directories.flatMap(({ servers }) => servers);
  const sum = (pick: (one: (typeof answers)[number]) => number) =>
    answers.reduce((total, each) => total + pick(each), 0);
  return [
    `ID=${id}, name(${safeText(server)}),source(security),users(${rest.logons.length})`,
    `port=${port === 0 ? 'auto' : port} username=${safeText(user)}`,
    `read log offset=${bookmark ?? 0}, latest logon timestamp: ${latest === 0 ? 'none' : new Date(latest * 1000).toISOString()}`,
    `polling frequency: every ${rest.frequencySeconds} second(s) success(${polls}), fail(${failures})`,
    `LDAP query: success(${sum(({ answers: count }) => count)}), fail(${sum(({ failures: count }) => count)})`,
    ...rest.groups.map((group) => `Group Filter: ${safeText(group)}`),
    ...(problem === null ? [] : [`last error: ${safeText(problem.message)}`]),
  ];
}

/** One line for each entry; its words are ours. */
export function agentlessSummary(reports: readonly AgentlessReport[]): string {
  const lines = reports.map(({ id, server, controller, logons }) => {
    const { state, problem } = controller;
    const why = problem === null ? '' : `, ${safeText(problem.message)}`;
    return `ID=${id}, name(${safeText(server)}), ${state}, users(${logons.length})${why}`;
  });
  return [...lines, ''].join('\n');
}

/** The users of each entry; the words are ours. */
export function agentlessUsers(reports: readonly AgentlessReport[]): string {
  const lines = reports.flatMap(({ id, logons }) => [
    `ID=${id}, users(${logons.length})`,
    ...logons.map(
      ({ ip, user, domain, groups, logonTime }) =>
        `IP: ${ip}  User: ${safeText(user)}  Domain: ${safeText(domain)}  Groups: ${safeText(groups.names.join('+'))}  Logon: ${new Date(logonTime * 1000).toISOString()}`,
    ),
  ]);
  return [...lines, ''].join('\n');
}

/** The same as a document, without secrets. Texts are raw. */
export function agentlessDocument(reports: readonly AgentlessReport[]): object {
  return {
    servers: reports.map(({ id, server, port, user, frequencySeconds, groups, controller, logons }) => ({
      ...{ id, server, port, user, frequencySeconds, groups },
      ...controller,
      logons: logons.map((entry) => ({
        ip: entry.ip,
        user: entry.user,
        domain: entry.domain,
        workstation: entry.workstation,
        groups: entry.groups.names,
        logonTime: new Date(entry.logonTime * 1000).toISOString(),
      })),
    })),
  };
}
