import { type LocalUser, type LookForUsers, type RunTool, ToolError } from './sessions.ts';

/** Sessions that the system's `who` prints, from utmp or wherever it keeps them. */
export function utmpUsers(run: RunTool): LookForUsers {
  const numbers = new Map<string, number>();
  return async () => {
    const users: LocalUser[] = [];
    for (const name of namesOf(await run('who', []))) {
      const uid = numbers.get(name) ?? (await numberOf(run, name));
      // Somebody whom the system does not know leaves no connections by which to know them.
      if (uid === null) continue;
      numbers.set(name, uid);
      users.push({ name, uid });
    }
    return users;
  };
}

/** The users of `NAME TERMINAL DATE ...` lines, each once. */
export function namesOf(text: string): string[] {
  const names = text.split('\n').map((line) => /^(\S+)\s+\S/.exec(line)?.[1]);
  return [...new Set(names)].filter((name) => name !== undefined);
}

async function numberOf(run: RunTool, name: string): Promise<number | null> {
  try {
    const text = (await run('id', ['-u', '--', name])).trim();
    return /^\d+$/.test(text) ? Number(text) : null;
  } catch (error) {
    if (error instanceof ToolError) return null;
    throw error;
  }
}
