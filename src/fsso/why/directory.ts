import type { Problem } from '../../problem.ts';
import type { WhyEvidence } from '../../why-report.ts';
import { directoryKey } from '../wire/directory-name.ts';
import { splitGroups } from '../wire/groups.ts';

/** A group of a user as the directory has it. */
export interface WhyDirectoryGroup {
  /** Distinguished name: advanced mode. */
  readonly dn: string;
  /** `DOMAIN/GROUP`: standard mode. */
  readonly name: string;
  /** The user is in it directly; else through another group. */
  readonly isDirect: boolean;
}

/** What a directory, asked from here, says of the user; `at` in milliseconds since the epoch. */
export interface WhyDirectory {
  /** Its name in the configuration. */
  readonly name: string;
  readonly at: number;
  /** null: it knows no such user, or could not be asked. */
  readonly user: { readonly dn: string; readonly groups: readonly WhyDirectoryGroup[] } | null;
  /** Why it could not be asked; else null. */
  readonly problem: Problem | null;
}

/** Groups that are told one by one; of more the number is. */
const mostTold = 12;

const keysOf = ({ dn, name }: WhyDirectoryGroup) => [directoryKey(dn), directoryKey(name)];
const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;

/**
 * What the directory says, as evidence of the step of the groups.
 * @param sent text of the groups as the collector sent them; null where it sent no logon
 */
export function directoryEvidence(directory: WhyDirectory | null, sent: string | null): WhyEvidence[] {
  if (directory === null) return [];
  const { name, at, user, problem } = directory;
  const say = (text: string): WhyEvidence => ({ text, source: `directory ${name}`, at });
  if (problem !== null) return [say(`could not be asked: ${problem.message}`)];
  if (user === null) return [say('knows no such user')];
  const direct = user.groups.filter(({ isDirect }) => isDirect).length;
  const nested = user.groups.length - direct;
  const lines = [say(`${user.dn}: in ${count(direct, 'group')} directly, in ${nested} through others`)];
  if (sent === null) return lines;
  const named = new Set(splitGroups(sent).map(directoryKey));
  const missing = user.groups.filter((group) => !keysOf(group).some((key) => named.has(key)));
  for (const group of missing.slice(0, mostTold))
    lines.push(
      say(
        `${group.dn}, ${group.isDirect ? 'directly' : 'through another group'}: the collector did not name it`,
      ),
    );
  if (missing.length > mostTold)
    lines.push(say(`${missing.length - mostTold} more that the collector did not name`));
  return lines;
}

/** A permitted group that the user has in the directory, and that the collector did not name; null where there is none. */
export function permittedInDirectory(
  directory: WhyDirectory | null,
  permitted: readonly string[],
): { readonly permitted: string; readonly group: WhyDirectoryGroup } | null {
  const wanted = new Map(permitted.map((name) => [directoryKey(name), name]));
  for (const group of directory?.user?.groups ?? [])
    for (const key of keysOf(group)) {
      const name = wanted.get(key);
      if (name !== undefined) return { permitted: name, group };
    }
  return null;
}
