import * as z from 'zod';
import { type LocalUser, type LookForUsers, type RunTool, ToolError } from './sessions.ts';

const login = 'org.freedesktop.login1';
// ListSessions gives session, user's number, user's name, seat and object of each.
const sessionsReply = z.object({
  data: z.tuple([z.array(z.tuple([z.string(), z.int(), z.string(), z.string(), z.string()]))]),
});
const classReply = z.object({ data: z.string() });
/** Classes of sessions in which somebody works; others are greeters, locked screens and the user's own services. */
const people = new Set(['user', 'user-early', 'user-light', 'user-early-light']);

function reply<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new ToolError('busctl did not answer as logind does');
  }
}

/** Sessions of systemd-logind, asked for over D-Bus with the system's `busctl`. */
export function logindUsers(run: RunTool): LookForUsers {
  const classes = new Map<string, string>();
  return async () => {
    const call = ['--json=short', 'call', login, '/org/freedesktop/login1', `${login}.Manager`];
    const [list] = reply(sessionsReply, await run('busctl', [...call, 'ListSessions'])).data;
    const users: LocalUser[] = [];
    for (const [, uid, name, , object] of list) {
      // The class of a session never changes.
      const known = classes.get(object) ?? (await classOf(run, object));
      if (known === null) continue;
      classes.set(object, known);
      if (people.has(known)) users.push({ name, uid });
    }
    const open = new Set(list.map(([, , , , object]) => object));
    for (const object of classes.keys()) if (!open.has(object)) classes.delete(object);
    return users;
  };
}

/** Null for a session that has ended meanwhile. */
async function classOf(run: RunTool, object: string): Promise<string | null> {
  try {
    const get = ['--json=short', 'get-property', login, object, `${login}.Session`, 'Class'];
    return reply(classReply, await run('busctl', get)).data;
  } catch (error) {
    if (error instanceof ToolError) return null;
    throw error;
  }
}
