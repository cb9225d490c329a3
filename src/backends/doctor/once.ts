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
  const found: string[] = [];
  for (const domain of subjects.domains) {
    const { checks, controllers } = await domainChecks(domain, subjects.dns, clock);
    found.push(...controllers);
    examined.push({ kind: 'domain', name: domain, account: null, mode: null, checks, readiness: [] });
  }
  const servers = subjects.directories.flatMap(({ name, servers: all }) =>
    all.map((each) => ({ name, each })),
  );
  const known = new Set(subjects.controllers.map(({ host }) => host.toLowerCase()));
  const others = [...new Set(found)]
    .filter((name) => !known.has(name.toLowerCase()))
    .flatMap((name) => subjects.controllerNamed(name) ?? []);
  const parts = await Promise.all([
    ...servers.map(async ({ name, each }): Promise<Examined> => {
      const { host, port } = each.server;
      const checks = await directoryChecks(each, clock);
      return {
        ...{
          kind: 'directory',
          name: `${name} ${host}:${port}`,
          account: each.login?.name ?? null,
          mode: null,
        },
        ...{ checks, readiness: readinessOf(['groups'], checks) },
      };
    }),
    ...[...subjects.controllers, ...others].map((each) => examineController(each, clock, abort.signal)),
  ]);
  limit.cancel();
  examined.push(...parts);
  return {
    output: json ? doctorDocument(examined) : doctorText(examined),
    isHealthy: isHealthy(examined),
  };
}

async function examineController(
  subject: NamedController,
  clock: Clock,
  signal: AbortSignal,
): Promise<Examined> {
  const { host, account, mode, modes } = subject;
  const common = { kind: 'controller', name: host, account, mode } as const;
  try {
    const checks = await controllerChecks(subject, clock, signal);
    return { ...common, checks, readiness: readinessOf(modes, checks) };
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
    return { ...common, checks: [check], readiness: readinessOf(modes, [check]) };
  }
}
