import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attributeNames, extensionNames, purposeNames } from '../../src/ems/certificate/oids.ts';
import { CertificateError, readCertificate } from '../../src/ems/certificate.ts';
import { oddSpecimens, opensslSpecimens, refusedSpecimens, type Specimen } from './certificate-corpus.ts';

// Every certificate of the corpus is printed by the machine's openssl and by us. Before the texts are compared:
// - openssl's sixteen columns of margin go (FortiOS asks for none);
// - a lone key identifier of an authority gets the label `keyid:` that FortiOS prints and OpenSSL 3 left out;
// - blank lines go, and the line ends that OpenSSL 3.0 forgets inside distribution points come in;
// - of dumps only the octets count, because the width of openssl's rows depends on its margin.

let directory: string;
let specimens: Specimen[];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-certificates-'));
  specimens = [...opensslSpecimens(directory), ...oddSpecimens()];
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function openssl(der: Buffer, ...args: string[]): string {
  const options = { input: der, stdio: ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'] };
  return execFileSync('openssl', ['x509', '-inform', 'DER', '-noout', ...args], options).toString('utf8');
}

test('the corpus holds at least sixty certificates', () => {
  expect(specimens.length).toBeGreaterThanOrEqual(60);
});

test('names, times, numbers and fingerprints are those that openssl prints', () => {
  for (const { title, der } of specimens) {
    const ours = readCertificate(der);
    const facts = openssl(
      der,
      '-nameopt',
      'oneline',
      '-fingerprint',
      '-sha256',
      '-subject',
      '-issuer',
      '-serial',
      '-startdate',
      '-enddate',
      '-dateopt',
      'iso_8601',
    );
    const iso = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('.000Z', 'Z');
    const expected = [
      `sha256 Fingerprint=${ours.sha256}`,
      `subject=${ours.subject}`,
      `issuer=${ours.issuer}`,
      `serial=${ours.serialNumber.replaceAll(':', '').toUpperCase()}`,
      `notBefore=${iso(ours.validFrom)}`,
      `notAfter=${iso(ours.validTo)}`,
    ];
    expect.soft(lines(facts), title).toEqual(expected);
  }
});

test('version, key and extensions are those that openssl prints', () => {
  for (const { title, der } of specimens) {
    const ours = readCertificate(der);
    const text = openssl(der, '-text', '-nameopt', 'oneline', '-certopt', 'ext_dump', '-fingerprint', '-md5');
    expect.soft(text, title).toContain(`Version: ${ours.version} (0x${ours.version - 1})`);
    expect.soft(text.toLowerCase(), title).toContain(`md5 fingerprint=${ours.md5.toLowerCase()}`);
    expect
      .soft({ title, ...opensslKey(text) })
      .toEqual({ title, keyType: ours.keyType, keyBits: ours.keyBits });
    const extensions = ours.extensions.map(({ name, critical, content }) => ({
      name,
      critical,
      content: comparable(content.split('\n')),
    }));
    expect.soft({ title, extensions }).toEqual({ title, extensions: opensslExtensions(text) });
  }
});

test('what openssl refuses is refused with one line', () => {
  for (const { title, der } of refusedSpecimens()) {
    expect.soft(() => openssl(der, '-text'), title).toThrow();
    expect.soft(() => readCertificate(der), title).toThrow(CertificateError);
  }
});

describe('tables', () => {
  test('every name of an object identifier is the one that openssl knows', () => {
    const known = new Map<string, { short: string; long: string }>();
    for (const line of lines(execFileSync('openssl', ['list', '-objects']).toString())) {
      const [, short = '', long = short, dotted = ''] = /^(.*?) = (?:(.*), )?(\d[\d.]*)$/.exec(line) ?? [];
      if (!known.has(dotted)) known.set(dotted, { short, long });
    }
    expect(known.size).toBeGreaterThan(500);
    for (const [dotted, short] of Object.entries(attributeNames))
      expect.soft(known.get(dotted)?.short, dotted).toBe(short);
    for (const [dotted, long] of Object.entries({ ...extensionNames, ...purposeNames }))
      expect.soft(known.get(dotted)?.long, dotted).toBe(long);
  });
});

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

const curves: Record<string, string> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
  secp224r1: 'P-224',
};

function opensslKey(text: string): { keyType: string; keyBits: number } {
  const algorithm = /Public Key Algorithm: (.*)/.exec(text)?.[1] ?? '';
  const bits = Number(/Public-Key: \((\d+) bit/.exec(text)?.[1]);
  const curve = /ASN1 OID: (.*)/.exec(text)?.[1];
  if (algorithm === 'id-ecPublicKey')
    return {
      keyType: curve === undefined ? 'EC with explicit parameters' : `EC ${curves[curve] ?? curve}`,
      keyBits: bits,
    };
  if (algorithm === 'ED25519') return { keyType: 'Ed25519', keyBits: 256 };
  if (algorithm === 'ED448') return { keyType: 'Ed448', keyBits: 456 };
  return { keyType: algorithm === 'rsassaPss' ? 'RSA-PSS' : 'RSA', keyBits: bits };
}

function opensslExtensions(text: string): { name: string; critical: boolean; content: string }[] {
  const part = /\n {8}X509v3 extensions:\n([\s\S]*?)\n {4}Signature Algorithm/.exec(text)?.[1];
  if (part === undefined) return [];
  const found: { name: string; critical: boolean; content: string[] }[] = [];
  for (const line of part.split('\n')) {
    const head = /^ {12}(\S.*?): (critical)?$/.exec(line);
    if (head) found.push({ name: head[1] ?? '', critical: head[2] !== undefined, content: [] });
    else found.at(-1)?.content.push(line.slice(16));
  }
  return found.map(({ name, critical, content }) => {
    const repaired = content
      .join('\n')
      .replace(/(?<=\S) {16}(?=\S)/g, '\n')
      .split('\n');
    const labelled = name.includes('Authority Key')
      ? repaired.map((line) => line.replace(/^([0-9A-F]{2}(:|$))+$/, 'keyid:$&'))
      : repaired;
    return { name, critical, content: comparable(labelled) };
  });
}

function comparable(content: readonly string[]): string {
  const rows = content.filter((line) => line !== '');
  const dumped = rows.map((row) => /^[0-9a-f]{4} - ([0-9a-f]{2}[- ](?:[0-9a-f]{2}[- ])*)/.exec(row)?.[1]);
  if (rows.length > 0 && dumped.every((octets) => octets !== undefined))
    return `dump ${dumped.join('').replace(/[- ]/g, '')}`;
  return rows.join('\n');
}
