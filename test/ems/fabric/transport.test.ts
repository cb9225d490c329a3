import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { filePublisher, fileSubscriber } from '../../../src/ems/fabric/file-transport.ts';
import { httpsSubscriber } from '../../../src/ems/fabric/https-subscriber.ts';
import { fabricLimits } from '../../../src/ems/fabric/limits.ts';
import { FabricRoot } from '../../../src/ems/fabric/root.ts';
import type { FabricSettings } from '../../../src/ems/fabric/settings.ts';
import type { DocumentPublisher, Received } from '../../../src/ems/fabric/transport.ts';
import { entry, nothing, rootSerial, scratch, signingKey } from '../../support/fabric.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type Issued, OpensslCa } from '../../support/openssl-ca.ts';

const patience = { timeout: 10_000, interval: 10 };

describe('a file', () => {
  test('is taken when it comes and whenever it is replaced, each time whole', async () => {
    const directory = scratch();
    const path = join(directory, 'fabric.json');
    const received: Received[] = [];
    const subscriber = fileSubscriber(path, systemClock);
    subscriber.subscribe((each) => received.push(each));
    onTestFinished(() => subscriber.close());
    await vi.waitFor(() => expect(received).toEqual([{ kind: 'absent' }]), patience);
    const publisher = filePublisher(path);
    for (const text of ['one', 'two'.repeat(10_000)]) {
      await publisher.publish(text);
      await vi.waitFor(
        () => expect(received.at(-1)).toEqual({ kind: 'document', octets: Buffer.from(text) }),
        patience,
      );
    }
  });

  test('is looked at every ten seconds where the system reports nothing', async () => {
    const directory = join(scratch(), 'later');
    const clock = new ManualClock();
    const received: Received[] = [];
    // There is no directory that could be watched.
    const subscriber = fileSubscriber(join(directory, 'fabric.json'), clock);
    subscriber.subscribe((each) => received.push(each));
    await vi.waitFor(() => expect(received).toHaveLength(1), patience);
    mkdirSync(directory);
    writeFileSync(join(directory, 'fabric.json'), 'x');
    clock.advance(fabricLimits.fileEvery);
    await vi.waitFor(() => expect(received.at(-1)).toMatchObject({ kind: 'document' }), patience);
    await subscriber.close();
    expect(clock.waiting).toBe(0);
  });

  test('that is too long, a directory or a pipe is a problem, and is not read', async () => {
    const directory = scratch();
    const fetch = (name: string) => fileSubscriber(join(directory, name), systemClock).fetch();
    writeFileSync(join(directory, 'long'), Buffer.alloc(fabricLimits.document + 1));
    mkdirSync(join(directory, 'folder'));
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    expect(await fetch('long')).toMatchObject({ kind: 'failed', problem: { code: 'oversized' } });
    expect(await fetch('folder')).toMatchObject({ kind: 'failed' });
    expect(await fetch('pipe')).toMatchObject({ kind: 'failed' });
    expect(await fetch('none')).toEqual({ kind: 'absent' });
  });

  test('in a directory that is missing is not published, and no directory is made', async () => {
    const path = join(scratch(), 'not-mounted', 'fabric.json');
    await expect(filePublisher(path).publish('x')).rejects.toMatchObject({
      problem: { code: 'ENOENT', message: expect.stringContaining('cannot be written') },
    });
  });
});

const openssl = new OpensslCa();
const ca = openssl.authority('/CN=CA');
const server = openssl.issue({ subject: `/CN=${rootSerial}`, issuer: ca });
const us = openssl.issue({ subject: '/CN=FGVM010000000002', issuer: ca });
afterAll(() => openssl.remove());

/** A server that answers as told, whatever it is asked. */
async function serve(answer: (response: ServerResponse) => void, shown: Issued = server) {
  const hostile = createServer({ cert: shown.certificate, key: shown.key }, (request, response) => {
    request.on('error', () => {});
    response.on('error', () => {});
    answer(response);
  });
  hostile.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    hostile.closeAllConnections();
    hostile.close();
  });
  return (hostile.address() as AddressInfo).port;
}

function subscribe(port: number, clock = systemClock, root: string | null = rootSerial) {
  return httpsSubscriber({
    host: '127.0.0.1',
    port,
    identity: { certificate: us.certificate, key: us.key },
    root,
    cas: () => [ca.der],
    everyMs: 5000,
    clock,
  });
}

describe('a pull', () => {
  test.each<[string, (response: ServerResponse) => void, unknown]>([
    [
      'announces too much',
      (response) => response.writeHead(200, { 'content-length': fabricLimits.document + 1 }).end('x'),
      'oversized',
    ],
    [
      'never ends',
      (response) => {
        const more = () => {
          while (response.writable && response.write(Buffer.alloc(65_536, 0x20)));
        };
        response.on('drain', more);
        more();
      },
      'oversized',
    ],
    ['is a redirect', (response) => response.writeHead(302, { location: 'https://127.0.0.1/' }).end(), 302],
    ['says 304 without having been asked', (response) => response.writeHead(304).end(), 304],
    [
      'has too long a header',
      (response) => response.setHeader('x', 'y'.repeat(20_000)).end(),
      expect.anything(),
    ],
    [
      'breaks off',
      (response) => response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy()),
      expect.anything(),
    ],
  ])('whose reply %s fails with a problem', async (_name, answer, code) => {
    const port = await serve(answer);
    const received = await subscribe(port).fetch();
    expect(received).toMatchObject({ kind: 'failed', problem: { stage: 'fabric', code } });
  });

  test('that nobody answers ends after its time', async () => {
    const clock = new ManualClock();
    let asked = false;
    const port = await serve(() => {
      asked = true;
    });
    const fetched = subscribe(port, clock).fetch();
    await vi.waitFor(() => expect(asked).toBe(true), patience);
    clock.advance(fabricLimits.exchange);
    expect(await fetched).toMatchObject({
      kind: 'failed',
      problem: { message: expect.stringContaining('did not come in time') },
    });
    expect(clock.waiting).toBe(0);
  });

  test('from one whose certificate no installed CA signed, or of another name, asks for nothing', async () => {
    let asked = 0;
    const count = (response: ServerResponse) => {
      asked += 1;
      response.end();
    };
    const foreign = openssl.issue({ subject: `/CN=${rootSerial}`, issuer: openssl.authority('/CN=Other') });
    expect(await subscribe(await serve(count, foreign)).fetch()).toMatchObject({
      problem: { code: -4, message: expect.stringContaining('not signed by an installed CA') },
    });
    expect(await subscribe(await serve(count), systemClock, null).fetch()).toMatchObject({
      problem: { message: expect.stringContaining('neither the host nor the root') },
    });
    expect(asked).toBe(0);
  });

  test('repeats with the tag of what it got, every interval, until it is closed', async () => {
    const clock = new ManualClock();
    const received: Received[] = [];
    const tags: (string | undefined)[] = [];
    const port = await serve((response) => {
      const tag = response.req.headers['if-none-match'];
      tags.push(tag);
      if (tag === '"a"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"a"' }).end('text');
    });
    const subscriber = subscribe(port, clock);
    subscriber.subscribe((each) => received.push(each));
    await vi.waitFor(
      () => expect(received).toEqual([{ kind: 'document', octets: Buffer.from('text') }]),
      patience,
    );
    await vi.waitFor(() => expect(clock.waiting).toBe(1), patience);
    clock.advance(5000);
    await vi.waitFor(() => expect(received.at(-1)).toEqual({ kind: 'unchanged' }), patience);
    expect(tags).toEqual([undefined, '"a"']);
    await subscriber.close();
    expect(clock.waiting).toBe(0);
  });
});

describe('the root', () => {
  function root(directory: string, settings: () => FabricSettings, published: string[]) {
    const publisher: DocumentPublisher = {
      place: 'here',
      open: async () => {},
      publish: async (text) => void published.push(text),
      close: async () => {},
    };
    const statePath = join(directory, 'state.json');
    const clock = new ManualClock();
    return new FabricRoot({
      serial: rootSerial,
      signingKey,
      statePath,
      publishers: [publisher],
      settings,
      clock,
    });
  }

  test('counts its revision up with each change and never otherwise, over restarts too', async () => {
    const directory = scratch();
    const published: string[] = [];
    let settings: FabricSettings = { ...nothing, ems: [entry('b'), entry('a')] };
    const of = () => root(directory, () => settings, published);
    expect(await of().publish()).toMatchObject({ revision: 1, isNew: true });
    settings = { ...nothing, ems: [entry('a'), entry('b')] };
    expect(await of().publish()).toMatchObject({ revision: 1, isNew: false });
    expect(published[1]).toBe(published[0]);
    expect(of().last()).toMatchObject({ revision: 1, isCurrent: true });
    settings = nothing;
    expect(of().last()).toMatchObject({ revision: 1, isCurrent: false });
    expect(await of().publish()).toMatchObject({ revision: 2, isNew: true });
    expect(await of().publish(40)).toMatchObject({ revision: 40, isNew: true });
    expect(await of().publish()).toMatchObject({ revision: 40, isNew: false });
  });

  test('publishes nothing when it cannot remember the revision', async () => {
    const directory = scratch();
    const published: string[] = [];
    writeFileSync(join(directory, 'state.json'), 'damaged');
    await expect(root(directory, () => nothing, published).publish()).rejects.toMatchObject({
      problem: { message: expect.stringContaining('is damaged') },
    });
    expect(published).toEqual([]);
    rmSync(join(directory, 'state.json'));
    await root(directory, () => nothing, published).publish();
    expect(readFileSync(join(directory, 'state.json'), 'utf8')).toContain('fabrictop-fabric');
  });

  test('refuses settings that no member would take for their length', async () => {
    const long = Array.from({ length: 16 }, (_, place) => ({
      name: `e${place}`,
      options: Object.fromEntries(
        Array.from({ length: 20 }, (_each, option) => [`option-${option}`, 'x'.repeat(4096)]),
      ),
    }));
    const published: string[] = [];
    await expect(
      root(scratch(), () => ({ ...nothing, ems: long }), published).publish(),
    ).rejects.toMatchObject({ code: 'oversized' });
    expect(published).toEqual([]);
  });
});
