import { createHash } from 'node:crypto';
import { ntHash } from '../../src/fsso/ntlm/proof.ts';

/** The characters of base64 that are the same whatever stands before and behind, for each place where it may begin. */
function base64Cores(bytes: Buffer): [string, Buffer][] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    return [`base64 at ${offset}`, Buffer.from(text.slice(first, last))];
  });
}

/** Every way in which a secret may be written, by the name of that way. Those that are the same octets are there once. */
export function traces(secret: string): Map<string, Buffer> {
  const utf8 = Buffer.from(secret, 'utf8');
  const utf16 = Buffer.from(secret, 'utf16le');
  const percent = (bytes: Buffer) => bytes.toString('hex').replace(/../g, '%$&');
  const texts: [string, string][] = [
    ['JSON', JSON.stringify(secret).slice(1, -1)],
    ['JSON in JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['URL', encodeURIComponent(secret)],
    ['form', new URLSearchParams({ '': secret }).toString().slice(1)],
    ['XML', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')],
    ['all percent', percent(utf8)],
    ['all percent, upper', percent(utf8).toUpperCase()],
    ['hex', utf8.toString('hex')],
    ['HEX', utf8.toString('hex').toUpperCase()],
    ['hex of UTF-16', utf16.toString('hex')],
    ['reversed', [...secret].reverse().join('')],
  ];
  // Nothing but the password goes into these: whoever reads one can look it up.
  const hashes = ['md5', 'sha1', 'sha256'].flatMap((name): [string, Buffer][] => {
    const digest = createHash(name).update(utf8).digest();
    return [
      [name, digest],
      [`${name} in hex`, Buffer.from(digest.toString('hex'))],
    ];
  });
  // As good as the password for NTLM.
  const nt = ntHash(secret);
  const all: [string, Buffer][] = [
    ['UTF-8', utf8],
    ['Latin-1', Buffer.from(secret, 'latin1')],
    ['UTF-16LE', utf16],
    ['UTF-16BE', Buffer.from(utf16).swap16()],
    ...texts.map(([name, text]): [string, Buffer] => [name, Buffer.from(text)]),
    ...base64Cores(utf8),
    ...base64Cores(utf16).map(([name, text]): [string, Buffer] => [`UTF-16, ${name}`, text]),
    ...hashes,
    ['NT hash', nt],
    ['NT hash in hex', Buffer.from(nt.toString('hex'))],
  ];
  const found = new Map<string, Buffer>();
  const seen = new Set<string>();
  for (const [name, bytes] of all) {
    const key = bytes.toString('latin1');
    if (!seen.has(key)) found.set(name, bytes);
    seen.add(key);
  }
  return found;
}

/** Where which of the secrets is written, and how: `place: name as form`, a line each. */
export function whereWritten(
  secrets: Readonly<Record<string, string>>,
  places: readonly { readonly name: string; readonly bytes: Buffer }[],
): string[] {
  return Object.entries(secrets).flatMap(([secret, value]) => {
    const forms = [...traces(value)];
    return places.flatMap((place) =>
      forms
        .filter(([, bytes]) => place.bytes.includes(bytes))
        .map(([form]) => `${place.name}: ${secret} as ${form}`),
    );
  });
}
