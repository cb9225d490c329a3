import type { Clock } from '../../clock.ts';
import { readinessOf } from '../../fsso/doctor/check.ts';
import { controllerChecks } from '../../fsso/doctor/controller-checks.ts';
import { directoryChecks } from '../../fsso/doctor/directory-checks.ts';
import { domainChecks } from '../../fsso/doctor/domain-checks.ts';
import type { Problem } from '../../problem.ts';
import { doctorDocument, doctorText, type Examined, isHealthy } from './report.ts';
import type { DoctorSubjects, NamedController } from './subjects.ts';

export interface DoctorOptions {
  readonly clock: Clock;
  /** For everything together, in milliseconds. */
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** Time that is left of `timeoutMs` ran out. */
class OutOfTime extends Error {
  readonly problem: Problem;

  constructor(ms: number) {
    const message = `it was not done within ${ms / 1000} s`;
    super(message);
    const fix = ['Give it longer with --timeout.', 'Look at the network between this machine and that one.'];
    this.problem = {
      stage: 'time',
      code: null,
      message,
      cause: 'The machine answers slowly, or not at all.',
      fix,
    };
  }
}

/** Examines everything, and says it as text or JSON. */
export async function doctorOnce(
  subjects: DoctorSubjects,
  { clock, timeoutMs, json }: DoctorOptions,
): Promise<{ readonly output: string; readonly isHealthy: boolean }> {
  const abort = new AbortController();
  const limit = clock.after(timeoutMs, () => abort.abort(new OutOfTime(timeoutMs)));
  const examined: Examined[] = [];
  const found: NamedController[] = [];
  for (const domain of subjects.domains) {
    const { checks, controllers } = await domainChecks(domain, subjects.dns, clock);
    found.push(...controllers.flatMap((name) => subjects.controllerNamed(name, domain) ?? []));
    examined.push({ kind: 'domain', name: domain, account: null, mode: null, checks, readiness: [] });
  }
  const servers = subjects.directories.flatMap(({ name, servers: all }) =>
    all.map((each) => ({ name, each })),
  );
  const known = new Set(subjects.controllers.map(({ host }) => host.toLowerCase()));
  const others = found.filter(({ host }) => !known.has(host.toLowerCase()));
  const parts = await Promise.all([
    ...servers.map(async ({ name, each }): Promise<Examined[]> => {
      const { host, port } = each.server;
      const checks = await directoryChecks(each, clock);
      return [
        {
          ...{
            kind: 'directory',
            name: `${name} ${host}:${port}`,
            account: each.login?.name ?? null,
            mode: null,
          },
          ...{ checks, readiness: readinessOf(['groups'], checks) },
        },
      ];
    }),
    examineControllers([...subjects.controllers, ...others], clock, abort.signal),
  ]);
  limit.cancel();
  examined.push(...parts.flat());
  return {
    output: json ? doctorDocument(examined) : doctorText(examined),
    isHealthy: isHealthy(examined),
  };
}

/** An account that one of them refuses is not tried at the others; while none does, they are examined together. */
async function examineControllers(
  controllers: readonly NamedController[],
  clock: Clock,
  signal: AbortSignal,
): Promise<Examined[]> {
  const accounts = Map.groupBy(controllers, ({ account }) => account.toLowerCase());
  const all = await Promise.all(
    [...accounts.values()].map(async ([first, ...others]) => {
      const tried = first ? [await examineController(first, clock, signal, false)] : [];
      const isRefused = tried.some((each) => each.isRefused);
      const rest = others.map((each) => examineController(each, clock, signal, isRefused));
      return [...tried, ...(await Promise.all(rest))];
    }),
  );
  const found = all.flat();
  // In the order of the configuration.
  return controllers.flatMap((each) => found.find(({ subject }) => subject === each)?.examined ?? []);
}

interface Tried {
  readonly subject: NamedController;
  readonly examined: Examined;
  readonly isRefused: boolean;
}

async function examineController(
  subject: NamedController,
  clock: Clock,
  signal: AbortSignal,
  wasRefused: boolean,
): Promise<Tried> {
  const { host, account, mode, modes } = subject;
  const common = { kind: 'controller', name: host, account, mode } as const;
  try {
    const { checks, isRefused } = await controllerChecks(subject, clock, signal, wasRefused);
    return { subject, isRefused, examined: { ...common, checks, readiness: readinessOf(modes, checks) } };
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    const { problem } = error;
    const check = {
      check: 'time',
      verdict: 'failed',
      detail: problem.message,
      neededBy: modes,
      problem,
    } as const;
    const checks = [check];
    return {
      subject,
      isRefused: false,
      examined: { ...common, checks, readiness: readinessOf(modes, checks) },
    };
  }
}
