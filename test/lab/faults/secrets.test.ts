import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createEmsSource } from '../../../src/backends/ems-connector.ts';
import { FortigateClient } from '../../../src/backends/fortigate/client.ts';
import { EmsAdmin } from '../../../src/ems/admin.ts';
import { EmsAdminSession } from '../../../src/ems/admin-session.ts';
import { CloudSession } from '../../../src/ems/cloud.ts';
import { type HttpServer, judgeByName } from '../../../src/ems/http-call.ts';
import { labFaults } from '../../../src/lab/faults/faulty-ems.ts';
import { WriteGuard } from '../../../src/verbs.ts';
import { FaultyLab, makeCertificates, settles } from '../../support/faulty-lab.ts';

vi.setConfig({ testTimeout: 30_000 });

// Characters that JSON, HTTP headers and terminals write in other ways, so that a secret is also looked for as those do.
const password = 'p4ss"w\\rd-ümlaut-of-the-admin';
const accessKey = 'aK-of/the+account=0123456789';
const token = 'tOkEn-of-the-fortigate-0123456789';

let lab: FaultyLab;
beforeAll(async () => {
  lab = await FaultyLab.start(await makeCertificates());
}, 60_000);
afterEach(() => lab.rest());
afterAll(() => lab.stop());

/** Whatever reached standard output and error, the console among it. */
let printed = '';
beforeEach(() => {
  printed = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text: unknown) => {
      printed += String(text);
      return true;
    });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Every way in which a piece of each secret may be written. */
function traces(): string[] {
  const plain = [password, accessKey, token];
  const written = plain.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('latin1'),
    // A piece is a secret too: what was cut or replaced in the middle.
    secret.slice(0, 8),
    secret.slice(-10),
  ]);
  const key = lab.certificates.identity.key.split('\n').filter((line) => line.length > 40);
  return [...written, ...key, 'PRIVATE KEY'];
}

function server(): HttpServer {
  const roots = [lab.certificates.authority.certificate];
  return {
    peer: 'EMS',
    host: 'localhost',
    port: lab.faulty.port,
    timeoutMs: 30_000,
    cas: () => roots.map((pem) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')),
    judge: (shown) => (shown.verdict === null ? null : judgeByName(shown)),
    clock: lab.clock,
  };
}

/** What a call ended with, as deep as anybody could print it. */
async function ending(work: Promise<unknown>): Promise<string> {
  let over = false;
  const end = work.then(
    (value) => inspect(value, { depth: 12 }),
    (error: unknown) =>
      `${inspect(error, { depth: 12 })} ${error instanceof Error ? error.stack : ''} ${JSON.stringify(error)}`,
  );
  void end.finally(() => {
    over = true;
  });
  // A call that only time ends; the others are over before.
  for (let turn = 0; !over && turn < 6; turn += 1) {
    await settles(() => over || lab.faulty.played > turn, 'an end, or the fault').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 60));
    if (!over) lab.clock.advance(30_000);
  }
  return end;
}

test.each(labFaults)('nothing of a secret is in any text after %s', async (fault) => {
  lab.faulty.play(fault);
  const texts: string[] = [];
  const guard = new WriteGuard(true);
  const facts = { peer: 'EMS', server: 'localhost' };

  const source = createEmsSource(await lab.target({}, true), '7.4');
  source.start((change) => texts.push(JSON.stringify(change)));
  texts.push(await ending(source.refresh()));
  await source.stop();
  lab.faulty.played = 0;

  const admin = new EmsAdmin(
    new EmsAdminSession(server(), { name: 'admin', password, site: null }),
    guard,
    facts,
  );
  texts.push(await ending(admin.overview()));
  lab.faulty.played = 0;
  const cloud = new CloudSession(server(), { accountEmail: 'a@example.com', accessKey });
  texts.push(await ending(cloud.call({ method: 'GET', path: '/license/get' })));
  lab.faulty.played = 0;
  texts.push(await ending(new FortigateClient(server(), token, guard).overview()));

  const all = texts.join('\n') + printed;
  expect(texts.length).toBeGreaterThan(3);
  for (const trace of traces()) expect(all.includes(trace), `${fault}: ${trace}`).toBe(false);
});

test('a search that finds a secret would say so', () => {
  expect(traces().some((trace) => `x${JSON.stringify({ password })}`.includes(trace))).toBe(true);
  expect(traces().some((trace) => lab.certificates.identity.key.includes(trace))).toBe(true);
});
