import { groupKey, isDistinguishedName } from './groups.ts';

/**
 * The form in which two names of a directory's group are compared: case is not minded, and of distinguished names neither
 * blanks around their parts nor how a character is escaped (docs/protocol/fsso.md, Group text).
 */
export function directoryKey(name: string): string {
  if (!isDistinguishedName(name)) return groupKey(name.trim().replaceAll('\\+', '+'));
  return splitUnescaped(name, ',;')
    .map((part) => splitUnescaped(part, '+').map(attributeKey).sort().join('\u0001'))
    .join('\u0000');
}

/** `SALES` of `CORP/SALES`, of `CORP\SALES` and of `CN=Sales,OU=…`, as it is compared. */
export function bareName(name: string): string {
  if (isDistinguishedName(name)) {
    const [first = ''] = splitUnescaped(name, ',;+');
    return groupKey(plainValue(first.slice(first.indexOf('=') + 1)));
  }
  return groupKey(name.trim().replace(/^.*[/\\]/s, ''));
}

function attributeKey(part: string): string {
  const equals = part.indexOf('=');
  if (equals < 0) return groupKey(plainValue(part));
  return `${groupKey(part.slice(0, equals).trim())}=${groupKey(plainValue(part.slice(equals + 1)))}`;
}

/** The text between separators that no backslash stands before. */
function splitUnescaped(text: string, separators: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (separators.includes(text[at] as string)) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** A value without its escapes (RFC 4514): `\,` is a comma, `\C3\A9` are bytes of UTF-8; blanks around it do not count. */
function plainValue(written: string): string {
  // An escaped blank at an end belongs to the value.
  const start = written.search(/\S/);
  if (start < 0) return '';
  let end = written.length;
  while (/\s/.test(written[end - 1] as string) && written[end - 2] !== '\\') end -= 1;
  return written
    .slice(start, end)
    .replace(/(?:\\[\da-f]{2})+/gi, (bytes) =>
      Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString('utf8'),
    )
    .replace(/\\(.)/gs, '$1');
}
