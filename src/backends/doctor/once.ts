import type { Clock } from '../../clock.ts';
import { LoginTurns } from '../../fsso/collector/login-turns.ts';
import { channelChecks } from '../../fsso/doctor/channel-checks.ts';
import {
  type Add,
  type Check,
  type Need,
  readinessOf,
  refused,
  warned,
  withoutRepeats,
} from '../../fsso/doctor/check.ts';
import { controllerChecks } from '../../fsso/doctor/controller-checks.ts';
import { directoryChecks } from '../../fsso/doctor/directory-checks.ts';
import { domainChecks, domainNeeds } from '../../fsso/doctor/domain-checks.ts';
import { gateChecks } from '../../fsso/doctor/gate-checks.ts';
import { workstationChecks } from '../../fsso/doctor/workstation-checks.ts';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import type { NamedController } from './controller-subjects.ts';
import { doctorDocument, doctorText, type Examined, isHealthy } from './report.ts';
import type { DoctorSubjects } from './subjects.ts';

export interface DoctorOptions {
  readonly clock: Clock;
  /** For everything together, in milliseconds. */
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** Something that is examined by itself, beside the others. */
interface Examination extends Pick<Examined, 'kind' | 'name' | 'account' | 'usedBy'> {
  readonly polledBy: readonly Need[];
  /** What it is decided about; none: its checks count by themselves. */
  readonly needs: readonly Need[];
  run(add: Add, signal: AbortSignal): Promise<unknown>;
}

/** Examines everything, and says it as text or JSON. */
export async function doctorOnce(
  subjects: DoctorSubjects,
  { clock, timeoutMs, json }: DoctorOptions,
): Promise<{ readonly output: string; readonly isHealthy: boolean }> {
  const abort = new AbortController();
  const limit = clock.after(timeoutMs, () => abort.abort(new OutOfTime(timeoutMs)));
  const turns = new Accounts(clock);
  const found: NamedController[] = [];
  const domains = await Promise.all(
    subjects.domains.map((domain) =>
      examine(
        {
          ...{ kind: 'domain', name: domain, account: null, usedBy: [], polledBy: [], needs: [] },
          async run(add) {
            for (const { name, addresses } of await domainChecks(domain, subjects.dns, clock, add)) {
              const controller = subjects.controllerNamed(name, domain);
              const twin = subjects.controllers.find(({ host }) => addresses.includes(host));
              if (controller !== null && twin !== undefined) add(polledTwice(name, twin.host));
              else if (controller !== null) found.push(controller);
            }
          },
        },
        abort.signal,
      ),
    ),
  );
  const known = new Set(subjects.controllers.map(({ host }) => host.toLowerCase()));
  const controllers = [
    ...subjects.controllers,
    ...found.filter(({ host }) => !known.has(host.toLowerCase())),
  ];
  const others = await Promise.all(
    [
      ...ofDirectories(subjects, turns, clock),
      ...controllers.map((each) => ofController(each, turns, clock)),
      ...ofNtlm(subjects),
      ...ofWorkstation(subjects, turns),
    ].map((each) => examine(each, abort.signal)),
  );
  limit.cancel();
  const examined = [...domains, ...others];
  return {
    output: json ? doctorDocument(examined) : doctorText(examined),
    isHealthy: isHealthy(examined),
  };
}

/** A poller knows machines by what they are called, so that it takes such a one for two. */
function polledTwice(name: string, host: string): Check {
  return warned('domain controllers', `${safeText(name)} is ${host} of polling.controllers`, [], {
    stage: 'configuration',
    code: null,
    message: `${safeText(name)} is polled twice`,
    cause: 'Its domain is in polling.domains, and its address in polling.controllers.',
    fix: [`leave ${host} out of polling.controllers, or write ${safeText(name)} there`],
  });
}

/** Which account may log in when, so that a wrong password is tried once and not at every machine. */
class Accounts {
  readonly #clock: Clock;
  readonly #turns = new Map<string, LoginTurns>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(account: string): LoginTurns {
    const key = account.toLowerCase();
    const turns = this.#turns.get(key) ?? new LoginTurns(this.#clock);
    this.#turns.set(key, turns);
    return turns;
  }
}

async function examine(examination: Examination, signal: AbortSignal): Promise<Examined> {
  const { kind, name, account, usedBy, polledBy, needs } = examination;
  const checks: Check[] = [];
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  over.catch(() => {});
  let isOver = false;
  try {
    signal.throwIfAborted();
    const add: Add = (...more) => {
      if (!isOver) checks.push(...more);
    };
    await Promise.race([examination.run(add, signal), over]);
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    checks.push(refused('time', error.problem, needs.length > 0 ? needs : domainNeeds));
  }
  isOver = true;
  const told = withoutRepeats(checks);
  return { kind, name, account, usedBy, polledBy, checks: told, readiness: readinessOf(needs, told) };
}

function ofController(subject: NamedController, accounts: Accounts, clock: Clock): Examination {
  const { host, account, polledBy, usedBy, readings } = subject;
  return {
    ...{ kind: 'controller', name: host, account, polledBy, usedBy },
    needs: [...new Set(readings.map(({ mode }) => mode))],
    run: (add, signal) => controllerChecks(subject, accounts.of(account), clock, signal, add),
  };
}

function ofDirectories({ directories }: DoctorSubjects, accounts: Accounts, clock: Clock): Examination[] {
  return directories.flatMap(({ name, servers }) =>
    servers.map((server): Examination => {
      const account = server.login?.name ?? null;
      const { host, port } = server.server;
      return {
        ...{ kind: 'directory', name: `${name} ${host}:${port}`, account, usedBy: [] },
        ...{ polledBy: [], needs: ['groups'] },
        run: (add, signal) => directoryChecks(server, accounts.of(account ?? ''), clock, signal, add),
      };
    }),
  );
}

function ofNtlm({ channels, gates }: DoctorSubjects): Examination[] {
  return [
    ...channels.map((channel): Examination => {
      const { target, account } = channel;
      return {
        ...{ kind: 'channel', name: target.host, account: `${account.domain}\\${account.account}` },
        ...{ usedBy: ['ntlm'], polledBy: [], needs: ['ntlm'] },
        run: (add, signal) => channelChecks(channel, signal, add),
      };
    }),
    ...gates.map((gate): Examination => {
      const name = `${gate.mode} ${gate.listen}:${gate.port}`;
      return {
        ...{ kind: 'gate', name, account: null, usedBy: ['ntlm'], polledBy: [], needs: ['ntlm'] },
        run: (add) => gateChecks(gate, add),
      };
    }),
  ];
}

function ofWorkstation({ workstation }: DoctorSubjects, accounts: Accounts): Examination[] {
  if (workstation === null) return [];
  const { host, account } = workstation;
  return [
    {
      ...{ kind: 'workstation', name: host, account, usedBy: [] },
      ...{ polledBy: [], needs: ['workstation-check'] },
      run: (add, signal) => workstationChecks(workstation, accounts.of(account), signal, add),
    },
  ];
}

/** The time for everything ran out. */
class OutOfTime extends Error {
  readonly problem: Problem;

  constructor(ms: number) {
    const message = `it was not done within ${ms / 1000} s`;
    super(message);
    const fix = ['Give it longer with --timeout.', 'Look at the network between this machine and that one.'];
    const cause = 'The machine answers slowly, or not at all.';
    this.problem = { stage: 'time', code: null, message, cause, fix };
  }
}
