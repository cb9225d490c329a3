import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { FortigateClient } from '../../../src/backends/fortigate/client.ts';
import { systemClock } from '../../../src/clock.ts';
import { type HttpServer, judgeByName } from '../../../src/ems/http-call.ts';
import { HttpFailure } from '../../../src/ems/http-failure.ts';
import type { LabFortigateOptions } from '../../../src/lab/fortigate/server.ts';
import { ReadOnlyError, WriteGuard } from '../../../src/verbs.ts';
import { fortigateSerial, fortigateToken, type LabFabric, startFabric } from '../../support/lab-fabric.ts';

let stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
});

async function lab(options: Partial<LabFortigateOptions> = {}): Promise<LabFabric> {
  const fabric = await startFabric(options);
  stops.push(() => fabric.stop());
  return fabric;
}

function clientAt(port: number, root: Buffer, write = true, token = fortigateToken): FortigateClient {
  const server: HttpServer = {
    peer: 'FortiGate',
    host: '127.0.0.1',
    port,
    timeoutMs: 5000,
    cas: () => [root],
    judge: judgeByName,
    clock: systemClock,
  };
  return new FortigateClient(server, token, new WriteGuard(write));
}

const clientOf = ({ fortigate, root }: LabFabric, write = true, token = fortigateToken) =>
  clientAt(fortigate.port, root, write, token);

async function failureOf(promise: Promise<unknown>): Promise<HttpFailure> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HttpFailure)) throw error;
  return error;
}

test('the panel of a FortiGate is put together from its three calls', async () => {
  const fabric = await lab();
  const { serial, version, connectors } = await clientOf(fabric, false).overview();
  expect({ serial, version }).toEqual({ serial: fortigateSerial, version: 'v7.4.8' });
  expect(connectors).toEqual([
    {
      id: 1,
      name: 'ems137',
      vdom: 'root',
      enabled: true,
      cloud: false,
      server: `127.0.0.1:${fabric.ems.port}`,
      serialNumber: null,
      tenantId: null,
      connected: false,
      verified: false,
      status: 'not-verified',
      connection: 'not-authorized',
      certificate: 'unverified',
      websocket: 'disconnected',
      capabilities: [],
      dirtyReason: null,
    },
  ]);
});

test('every VDOM repeats the one table of entries, which is shown once', async () => {
  const { connectors } = await clientOf(await lab({ vdoms: ['root', 'branch', 'guest'] })).overview();
  expect(connectors.map(({ id, vdom }) => [id, vdom])).toEqual([[1, 'root']]);
});

test('FortiOS 7.0 knows its entries by name and has no summary', async () => {
  const fabric = await lab({ release: '7.0' });
  const client = clientOf(fabric);
  const { version, connectors } = await client.overview();
  expect(version).toBe('v7.0.5');
  const [connector] = connectors;
  expect(connector).toMatchObject({
    name: 'ems137',
    verified: false,
    status: 'not-verified',
    connection: null,
  });
  expect(connectors).toHaveLength(1);
});

test.each(['7.0', '7.4'] as const)(
  'a certificate is verified and unverified on FortiOS %s',
  async (release) => {
    const fabric = await lab({ release });
    fabric.ems.authorize(fortigateSerial);
    const client = clientOf(fabric);
    const connector = async () => {
      const [first] = (await client.overview()).connectors;
      if (!first) throw new Error('no connector');
      return first;
    };
    const certificate = await client.certificate(await connector());
    expect(certificate).toMatchObject({
      status: 'unverified',
      subject: expect.stringContaining('ems.corp.example'),
    });
    expect(certificate.text.join('\n')).toContain(`Fingerprint: ${certificate.fingerprint}`);
    await client.verify(await connector(), certificate.fingerprint ?? '');
    expect(await connector()).toMatchObject({
      verified: true,
      connected: true,
      serialNumber: 'FCTEMS0000000137',
    });
    await client.unverify(await connector());
    expect(await connector()).toMatchObject({ verified: false, connected: false });
  },
);

test('a CA is imported, and the chain is then trusted there', async () => {
  const fabric = await lab({ cas: [] });
  const client = clientOf(fabric);
  const [before] = (await client.overview()).connectors;
  expect(before?.connection).toBe('unknown-ca');
  await client.importCa(fabric.rootPem, 'global');
  const [after] = (await client.overview()).connectors;
  expect(after?.connection).toBe('not-authorized');
});

test('without --write nothing that changes the FortiGate is sent', async () => {
  const fabric = await lab();
  const client = clientOf(fabric, false);
  const [connector] = (await client.overview()).connectors;
  if (!connector) throw new Error('no connector');
  const { fingerprint } = await client.certificate(connector);
  await expect(client.verify(connector, fingerprint ?? '')).rejects.toThrow(ReadOnlyError);
  await expect(client.unverify(connector)).rejects.toThrow('read-only without --write');
  await expect(client.importCa(fabric.rootPem, 'vdom')).rejects.toThrow(ReadOnlyError);
  expect([fabric.fortigate.accepted.size, fabric.fortigate.cas.length]).toEqual([0, 1]);
});

test('a wrong token and a profile without the permission are different failures, and name no token', async () => {
  const fabric = await lab({ access: 'none' });
  const wrong = await failureOf(clientOf(fabric, true, 'another-token').overview());
  expect(wrong).toMatchObject({ fault: 'unauthorized', status: 401 });
  expect(JSON.stringify([wrong.problem, wrong.stack])).not.toContain('another-token');
  const forbidden = await failureOf(clientOf(fabric).overview());
  expect(forbidden.fault).toBe('forbidden');
  expect(forbidden.problem.fix.join()).toContain('utmgrp.endpoint-control');
});

describe('what no FortiGate answers', () => {
  async function answering(reply: (url: string) => { status?: number; body: string }) {
    const fabric = await lab();
    const seen: string[] = [];
    const own = await fabric.fortigate.options.authority.issue({
      commonName: 'edge',
      organizationalUnit: 'FortiGate',
      altNames: [{ ip: '127.0.0.1' }],
    });
    const server = createServer({ cert: own.certificate, key: own.key }, (request, response) => {
      seen.push(JSON.stringify([request.url, request.rawHeaders]));
      const { status = 200, body } = reply(request.url ?? '');
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    return { client: clientAt((server.address() as AddressInfo).port, fabric.root), seen };
  }

  test.each([
    ['a web page', '<html>login</html>', 'unreadable'],
    ['another API', '{"hello":"world"}', 'unreadable'],
    ['a refusal with status 200', '{"http_method":"GET","status":"error","error":-651}', 'refused'],
  ])('%s is told as such', async (_, body, fault) => {
    const { client } = await answering(() => ({ body }));
    expect((await failureOf(client.overview())).fault).toBe(fault);
  });

  test('the token stands in one header and never in the address', async () => {
    const { client, seen } = await answering(() => ({ status: 500, body: '' }));
    await failureOf(client.overview());
    expect(seen.length).toBeGreaterThan(0);
    for (const call of seen) {
      const [url, headers] = JSON.parse(call) as [string, string[]];
      expect(url).not.toContain(fortigateToken);
      expect(headers.filter((text) => text.includes(fortigateToken))).toEqual([`Bearer ${fortigateToken}`]);
    }
  });

  test('fields that are missing, odd or hostile leave the rest readable', async () => {
    const envelope = (results: unknown) =>
      JSON.stringify({ http_method: 'GET', status: 'success', vdom: 'root', results });
    const { client } = await answering((url) => {
      if (url.includes('cmdb'))
        return {
          body: envelope([
            { 'ems-id': 1, name: 'a\x1b[2J', server: 'ems.example', capabilities: 7 },
            4,
            null,
            { 'ems-id': 2, name: '' },
          ]),
        };
      if (url.includes('summary')) return { body: envelope([{ id: 1, conn_status: 3 }]) };
      return { body: envelope([{ ems_id: 1, ems_status: 'något', ems_is_connected: 'yes' }]) };
    });
    const { connectors, serial } = await client.overview();
    expect(serial).toBeNull();
    expect(connectors).toEqual([
      expect.objectContaining({
        id: 1,
        name: 'a\\x1b[2J',
        server: 'ems.example:443',
        connected: null,
        connection: '3',
        status: 'något',
        capabilities: [],
      }),
    ]);
  });
});
