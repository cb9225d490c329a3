import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { keygenOnce } from '../../src/backends/fabric-once.ts';
import { documentText } from '../../src/ems/fabric/document.ts';
import { documentPath, httpsPublisher } from '../../src/ems/fabric/https-publisher.ts';
import { readSigningKey } from '../../src/ems/fabric/signature.ts';
import { authority, entry, leaf, pinOf, rootSerial, scratch } from '../support/fabric.ts';
import { derOf, type Issued, OpensslCa } from '../support/openssl-ca.ts';
import { runTool } from './tool.ts';

// What nobody here wrote looks at the document: OpenSSL at its signature, curl at the server of the root.

const openssl = new OpensslCa();
const ca = openssl.authority('/CN=Corp CA');
const rootIdentity = openssl.issue({
  subject: `/CN=${rootSerial}`,
  issuer: ca,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});
const member = openssl.issue({ subject: '/CN=FGVM010000000002', issuer: ca });
afterAll(() => openssl.remove());

const awkward = 'Größe \u{1f512} "quoted"\\ \u2028 \u007f/';
const settings = {
  ems: [entry('ems137', { 'verifying-ca': awkward, 'call-timeout': 45 })],
  pins: [pinOf('ems137', leaf('ems'))],
  authorities: [authority('Corp CA'), derOf(ca.certificate)],
};

test('openssl verifies what fabric keygen and the root made, and refuses it when one octet differs', () => {
  const directory = scratch();
  const key = join(directory, 'fabric.key');
  keygenOnce(key);
  expect(statSync(key).mode & 0o777).toBe(0o600);
  const text = documentText(
    { root: rootSerial, revision: 7, issuedAt: Date.UTC(2026, 0, 15), settings },
    readSigningKey(readFileSync(key, 'utf8')),
  );
  // The canonical form is what stands in the file: no code of ours takes it out.
  const begin = '{"document":';
  const end = text.lastIndexOf(',"signature":');
  const signed = text.slice(begin.length, end);
  const value = /"value":"([^"]+)"\}\}\n$/.exec(text)?.[1] ?? '';
  const signature = openssl.write('signature', Buffer.from(value, 'base64'));
  const verify = (document: string) =>
    runTool(
      'openssl',
      [
        ...['pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', `${key}.pub`],
        ...['-in', openssl.write('document', document), '-sigfile', signature],
      ],
      'openssl',
    ).toString();
  expect(verify(signed)).toContain('Signature Verified Successfully');
  expect(() => verify(signed.replace('"revision":7', '"revision":8'))).toThrow('status 1');

  // The key that members are configured with is the one in the PEM file.
  const der = runTool('openssl', ['pkey', '-pubin', '-in', `${key}.pub`, '-outform', 'DER'], 'openssl');
  expect(text).toContain(`"key":"ed25519:${der.subarray(-32).toString('base64')}"`);
});

async function curl(url: string, identity: Issued | null, ...more: string[]) {
  const client = identity ? ['--cert', identity.certificateFile, '--key', identity.keyFile] : [];
  const args = ['-sS', '-i', '--max-time', '20', '--cacert', ca.certificateFile, ...client, ...more, url];
  return (await promisify(execFile)('curl', args)).stdout;
}

test('curl pulls the document with the certificate of a member, by ETag, and nobody does without one', async () => {
  const pulled: string[] = [];
  const publisher = httpsPublisher({
    listen: '127.0.0.1',
    port: 0,
    identity: { certificate: rootIdentity.certificate, key: rootIdentity.key },
    members: ['FGVM010000000002'],
    cas: () => [ca.der],
    onPull: (serial) => pulled.push(serial),
  });
  await publisher.open();
  onTestFinished(() => publisher.close());
  const url = publisher.place;
  expect(url).toBe(`https://127.0.0.1:${publisher.port}${documentPath}`);
  expect(await curl(url, member)).toMatch(/^HTTP\/1.1 503 /);

  const text = documentText({ root: rootSerial, revision: 1, issuedAt: 0, settings }, null);
  await publisher.publish(text);
  const reply = await curl(url, member);
  expect(reply).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(reply.split('\r\n\r\n')[1]).toBe(text);
  const tag = /^etag: (.*)\r$/im.exec(reply)?.[1] ?? '';
  expect(await curl(url, member, '-H', `If-None-Match: ${tag}`)).toMatch(/^HTTP\/1.1 304 /);
  expect(await curl(url, member, '-H', 'If-None-Match: "other"')).toMatch(/^HTTP\/1.1 200 /);
  expect(await curl(url, member, '-I')).toMatch(/^HTTP\/1.1 200 /);
  expect(await curl(url, member, '-X', 'POST', '-d', '{}')).toMatch(/^HTTP\/1.1 405 /);
  expect(await curl(url.replace(documentPath, '/'), member)).toMatch(/^HTTP\/1.1 404 /);
  expect(new Set(pulled)).toEqual(new Set(['FGVM010000000002']));

  const stranger = openssl.issue({ subject: '/CN=FGVM010000000003', issuer: ca });
  expect(await curl(url, stranger)).toMatch(/^HTTP\/1.1 403 /);
  const foreign = openssl.issue({ subject: '/CN=FGVM010000000002', issuer: openssl.authority('/CN=Other') });
  for (const identity of [null, foreign]) await expect(curl(url, identity)).rejects.toThrow(/curl: \(/);
  expect(await curl(url, member, '--tls-max', '1.2')).toMatch(/^HTTP\/1.1 200 /);
});
