import * as z from 'zod';
import type { Collector } from '../../fsso/collector/collector.ts';
import { safeText } from '../../safe-text.ts';
import type { Verb } from '../../verbs.ts';
import { type Answer, ok, refusal } from './answer.ts';

/** What deeds reach. */
interface Reached {
  readonly collector: Collector;
  /** null where there is no configuration to read again. */
  readonly reload: (() => Promise<string | null>) | null;
}

/** Something that a request lets a collector do; only one that runs with `--write` does it. */
interface Deed<Body> {
  readonly verb: Verb;
  readonly body: z.ZodType<Body>;
  /** What the body has to be, in words. */
  readonly expected: string;
  run(reached: Reached, given: Body): Answer | Promise<Answer>;
}

const endLogon: Deed<{ ip: string; session: number }> = {
  verb: 'end-logon',
  body: z.strictObject({ ip: z.ipv4(), session: z.int().min(0).max(0xffff_ffff).default(0) }),
  expected: '{"ip":"10.0.0.1"}, or {"ip":"10.0.0.1","session":3} for one of a terminal server',
  run: ({ collector }, { ip, session }) =>
    collector.endEntry(ip, session)
      ? ok({ done: 1 })
      : refusal(404, `there is no logon at ${ip}${session === 0 ? '' : `, session ${session}`}`),
};

const disconnect: Deed<{ fortigate: string }> = {
  verb: 'disconnect-fortigate',
  body: z.strictObject({ fortigate: z.string().min(1).max(512) }),
  expected: '{"fortigate":"FGVM010000000001-root"}, or its address and port as /fortigates has it',
  run({ collector }, { fortigate }) {
    const count = collector.disconnect(fortigate);
    return count > 0
      ? ok({ done: count })
      : refusal(404, 'no FortiGate with this identity or address is connected');
  },
};

const reload: Deed<Record<string, never>> = {
  verb: 'reload-collector',
  body: z.strictObject({}),
  expected: 'none, or {}',
  async run(reached) {
    const why = reached.reload === null ? 'it has no configuration file' : await reached.reload();
    return why === null
      ? ok({ done: 1 })
      : refusal(409, `the configuration was not taken up: ${safeText(why)}`);
  },
};

const someone = z.strictObject({ user: z.string().min(1).max(512).optional() });
const someoneExpected = 'none for everybody, or {"user":"CORP\\\\anna"}, or {"user":"anna"} of any domain';
const noDirectory = refusal(
  409,
  'this collector asks no directory for groups',
  'name one under collector: ldap:',
);

const clearGroups: Deed<{ user?: string | undefined }> = {
  verb: 'clear-groups',
  body: someone,
  expected: someoneExpected,
  run: ({ collector: { groups } }, { user = null }) =>
    groups.asksDirectories ? ok({ done: groups.clear(user) }) : noDirectory,
};

const renewGroups: Deed<{ user?: string | undefined }> = {
  verb: 'renew-groups',
  body: someone,
  expected: someoneExpected,
  run({ collector: { groups } }, { user = null }) {
    if (!groups.asksDirectories) return noDirectory;
    const asked = groups.renew(user);
    return asked === null
      ? refusal(409, 'a look-up for everybody is under way', 'wait until it is done')
      : ok({ done: asked });
  },
};

const pollPeriod: Deed<{ seconds: number | null }> = {
  verb: 'set-poll-period',
  body: z.strictObject({ seconds: z.int().min(1).max(60).nullable() }),
  expected: '{"seconds":3}, 1 to 60, or {"seconds":null} for what is configured',
  run({ collector }, { seconds }) {
    const count = collector.setPollPeriod(seconds);
    return count > 0 ? ok({ done: count }) : refusal(404, 'it polls no domain controllers');
  },
};

/** Every path that is asked with POST. */
export const deeds: Readonly<Record<string, Deed<never>>> = {
  '/logons/end': endLogon as Deed<never>,
  '/fortigates/disconnect': disconnect as Deed<never>,
  '/groups/clear': clearGroups as Deed<never>,
  '/groups/renew': renewGroups as Deed<never>,
  '/polling/period': pollPeriod as Deed<never>,
  '/reload': reload as Deed<never>,
};
