/**
 * The groups in a record's text, in order (docs/protocol/fsso.md, Group text). A plus behind a backslash belongs to a
 * name and stays there with its backslash, for that is how the directory writes the name. Empty pieces are left out.
 */
export function splitGroups(text: string): string[] {
  if (text === '') return [];
  if (!text.includes('\\')) return text.split('+').filter((piece) => piece !== '');
  const groups: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === '\\') at++;
    else if (at === text.length || text[at] === '+') {
      if (at > start) groups.push(text.slice(start, at));
      start = at + 1;
    }
  }
  // A backslash at the very end steps over the end of the text.
  if (start < text.length) groups.push(text.slice(start));
  return groups;
}

/** One text of many groups (docs/protocol/fsso.md, Group text): whatever their names, `splitGroups` finds as many. */
export function joinGroups(groups: readonly string[]): string {
  return groups
    .filter((group) => group !== '')
    .map(escapePlus)
    .join('+');
}

function escapePlus(group: string): string {
  if (!/[\\+]/.test(group)) return group;
  let escaped = '';
  for (let at = 0; at < group.length; at++) {
    const character = group[at] as string;
    if (character === '\\') {
      // A lone backslash at the end would swallow the plus that separates the next group.
      escaped += `\\${group[at + 1] ?? '\\'}`;
      at++;
    } else escaped += character === '+' ? '\\+' : character;
  }
  return escaped;
}

/** True for the name of a directory object (`CN=Sales,DC=example`), false for `DOMAIN/GROUP`. */
export function isDistinguishedName(group: string): boolean {
  const equals = group.indexOf('=');
  if (equals === -1) return false;
  const end = group.search(/[,/]/);
  return end === -1 || equals < end;
}

/** The form in which groups are compared: FortiOS and collectors take no notice of case. */
export function groupKey(group: string): string {
  return group.toUpperCase();
}
