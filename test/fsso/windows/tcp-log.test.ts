import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { authTypes } from '../../../src/fsso/rpc/profile.ts';
import type { ControllerLink } from '../../../src/fsso/windows/reading.ts';
import { openSmbLink, type SmbLinkOptions } from '../../../src/fsso/windows/smb-link.ts';
import { LabMachine } from '../../../src/lab/windows/machine.ts';
import { even6Service } from '../../../src/lab/windows/rpc/even6-service.ts';
import { mapperService } from '../../../src/lab/windows/rpc/mapper-service.ts';
import { TcpListener } from '../../../src/lab/windows/rpc/tcp-listener.ts';
import { WindowsServer } from '../../../src/lab/windows/windows-server.ts';
import { startByteRelay } from '../../support/byte-relay.ts';
import { ticketStrings } from '../../support/scripted-controller.ts';

const { signal } = new AbortController();
const ids = new Set([4768]);
const account = { user: 'svc-fsso', domain: 'CORP', password: 'Svc-Passw0rd1' };

let machine: LabMachine;
let server: WindowsServer;

beforeEach(async () => {
  machine = new LabMachine({
    ...{ name: 'DC1', domain: 'CORP', dnsDomain: 'corp.example', mostRecords: 2000 },
    accounts: [
      { ...account, rights: ['event-log'] },
      { user: 'plain', password: account.password, rights: [] },
    ],
  });
  for (let index = 0; index < 700; index += 1)
    machine.security.write({
      ...{ id: 4768, generated: 1_763_800_000 + index, strings: ticketStrings(`user${index}`, '10.0.0.7') },
    });
  server = await WindowsServer.start({ machine, clock: systemClock, overTcp: true });
});

afterEach(() => server.stop());

const open = async (more: Partial<SmbLinkOptions> = {}): Promise<ControllerLink> => {
  const link = await openSmbLink({
    ...{ host: '127.0.0.1', name: 'dc1.corp.example', port: server.port, mapperPort: server.mapperPort },
    ...{ credentials: account, mode: 'event-log', log: 'Security', clock: systemClock, signal },
    ...more,
  });
  onTestFinished(() => link.close());
  return link;
};

async function users({ log }: ControllerLink): Promise<string[]> {
  const { oldest = 1, newest = 0 } = (await log?.extent(signal)) ?? {};
  const found: string[] = [];
  for (let from = oldest; from <= newest; ) {
    const reading = await log?.read({ from, to: newest, ids }, signal);
    found.push(...(reading?.events ?? []).map(({ data }) => data['TargetUserName'] ?? ''));
    from = (reading?.readTo ?? newest) + 1;
  }
  return found;
}

const everybody = Array.from({ length: 700 }, (_, index) => `user${index}`);
const overTcp = () => `TCP ${server.rpcPort}, sealed by NTLM, MS-EVEN6`;
const rule = 'allow TCP 135 and 49152 to 65535 from this machine to dc1.corp.example';

describe('the event log of a machine', () => {
  test('is read over TCP where it is served there, and the time is asked over SMB', async () => {
    const link = await open();
    expect(link.means).toBe(overTcp());
    expect(await users(link)).toEqual(everybody);
    expect(Math.abs(((await link.time(signal)) ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('shows nothing of it on the way', async () => {
    const heard: Buffer[] = [];
    const relay = await startByteRelay('127.0.0.1', server.rpcPort as number);
    onTestFinished(() => relay.stop());
    for (const way of ['fromServer', 'fromClient'] as const)
      relay.change[way] = (bytes) => {
        heard.push(bytes);
        return bytes;
      };
    const link = await open({ mapperPort: await mapperTo(relay.port) });
    expect(await users(link)).toEqual(everybody);
    const all = Buffer.concat(heard);
    expect(all.length).toBeGreaterThan(100_000);
    for (const text of ['user7', 'Security', 'EventRecordID', account.password])
      expect(all.includes(Buffer.from(text, 'utf16le'))).toBe(false);
  });

  test('is read over TCP alone where the port of SMB is closed', async () => {
    await server.close('smb');
    const link = await open();
    expect(link.means).toBe(overTcp());
    expect(link.domain).toEqual({ netbios: 'CORP', dns: 'corp.example' });
    expect(await users(link)).toEqual(everybody);
    expect(await link.time(signal)).toBe(null);
  });

  test('is read by NTLM alone where the machine knows no SPNEGO', async () => {
    await server.stop();
    server = await WindowsServer.start({
      ...{ machine, clock: systemClock, overTcp: true, logins: [authTypes.ntlm] },
    });
    const link = await open();
    expect(link.means).toBe(overTcp());
    expect(await users(link)).toEqual(everybody);
  });

  test('is found where the endpoint mapper answers nobody without a login', async () => {
    const link = await open({ mapperPort: await mapperTo(server.rpcPort as number, false) });
    expect(link.means).toBe(overTcp());
    expect(await users(link)).toEqual(everybody);
  });

  test.each([
    ['the endpoint mapper', 'mapper', () => server.mapperPort],
    ['the port behind it', 'services', () => server.rpcPort],
  ] as const)('is read over SMB where %s is closed, and the fix is told', async (_name, which, port) => {
    const closed = port();
    await server.close(which);
    const link = await open();
    expect(link.means).toBe('SMB 3.1.1, signed, MS-EVEN6');
    expect(link.passedOver).toMatchObject({ stage: 'tcp', code: 'ECONNREFUSED' });
    expect(link.passedOver?.message).toContain(String(closed));
    expect(link.passedOver?.fix.join()).toContain(rule);
    expect(await users(link)).toEqual(everybody);
  });

  test('is read by the older protocol where the machine does not have the newer one', async () => {
    machine.absent.add('even6');
    const link = await open();
    expect(link.means).toBe('SMB 3.1.1, signed, MS-EVEN');
    expect(link.passedOver).toMatchObject({ code: 'not-served' });
    expect(await users(link)).toEqual(everybody);
  });

  test('is not asked for over TCP where another port of SMB is set, or sessions are polled', async () => {
    machine.give(account.user, 'sessions');
    const connections: Socket[] = [];
    const mapper = createServer((socket) => connections.push(socket.destroy()));
    await new Promise<void>((done) => mapper.listen(0, '127.0.0.1', done));
    onTestFinished(() => void mapper.close());
    const { port: mapperPort } = mapper.address() as AddressInfo;
    expect((await open({ mapperPort: null })).means).toContain('SMB');
    expect((await open({ mode: 'netapi', mapperPort })).means).toContain('NetrSessionEnum');
    expect(connections).toEqual([]);
    expect((await open({ mapperPort })).passedOver).toMatchObject({ stage: 'tcp' });
    expect(connections).toHaveLength(1);
  });

  test('that nobody serves is a failure of SMB', async () => {
    await server.stop();
    await expect(open()).rejects.toMatchObject({ name: 'SmbFailure', problem: { stage: 'tcp' } });
  });

  test('behind a closed port of RPC, with that of SMB closed too, is a failure of RPC', async () => {
    await server.close('smb', 'services');
    await expect(open()).rejects.toMatchObject({ name: 'TcpLogFailure', problem: { code: 'ECONNREFUSED' } });
  });

  test('that the account may not read is said to be that', async () => {
    const link = await open({ credentials: { ...account, user: 'plain' } });
    await expect(users(link)).rejects.toMatchObject({
      problem: { code: 'ERROR_ACCESS_DENIED', fix: ['put CORP\\plain into Event Log Readers'] },
    });
  });
});

describe('a wrong password', () => {
  const credentials = { ...account, password: 'Another-Passw0rd' };

  test('is tried over SMB only, which says what is wrong', async () => {
    const relay = await startByteRelay('127.0.0.1', server.mapperPort as number);
    onTestFinished(() => relay.stop());
    let heard = 0;
    relay.change.fromClient = (bytes) => {
      heard += bytes.length;
      return bytes;
    };
    const failed = open({ credentials, mapperPort: relay.port });
    await expect(failed).rejects.toMatchObject({ name: 'SmbFailure', status: 0xc000006d });
    expect(heard).toBe(0);
  });

  test.each([
    ['SPNEGO', undefined],
    ['NTLM alone', [authTypes.ntlm]],
  ])('is said to be that over TCP too, by %s', async (_name, logins) => {
    await server.stop();
    server = await WindowsServer.start({
      ...{ machine, clock: systemClock, overTcp: true, ...(logins && { logins }) },
    });
    await server.close('smb');
    const failure = await open({ credentials }).catch((error: unknown) => error);
    // The status is what holds back all that are polled with the account.
    expect(failure).toMatchObject({ status: 0xc000006d, problem: { stage: 'authentication' } });
    expect(JSON.stringify(failure)).not.toContain(credentials.password);
  });
});

test('a login over TCP alone waits for its turn, and says what came of it', async () => {
  const turns: unknown[] = [];
  const loginTurn = async () => {
    turns.push('taken');
    return (failure: unknown) => void turns.push(failure);
  };
  const withSmb = await open({ loginTurn });
  expect(withSmb.means).toBe(overTcp());
  expect(turns.splice(0)).toEqual(['taken', null]);
  await server.close('smb');
  await open({ loginTurn });
  expect(turns.splice(0)).toEqual(['taken', null]);
  const credentials = { ...account, password: 'Another-Passw0rd' };
  await expect(open({ loginTurn, credentials })).rejects.toMatchObject({ name: 'TcpLogFailure' });
  expect(turns).toEqual(['taken', expect.objectContaining({ status: 0xc000006d })]);
});

test('a connection that is cut fails what is asked, with a problem, and is known to be over', async () => {
  const link = await open();
  await users(link);
  server.cut();
  await expect(users(link)).rejects.toMatchObject({ problem: { stage: 'event log' } });
  expect(link.isClosed).toBe(true);
});

test('who gives up while the endpoint mapper is silent leaves no session behind', async () => {
  const mapper = createServer(() => {});
  await new Promise<void>((done) => mapper.listen(0, '127.0.0.1', done));
  const control = new AbortController();
  mapper.on('connection', (socket) => {
    socket.on('error', () => {});
    control.abort(new Error('given up'));
  });
  onTestFinished(() => void mapper.close());
  const { port } = mapper.address() as AddressInfo;
  await expect(open({ mapperPort: port, signal: control.signal })).rejects.toThrow('given up');
  await vi.waitFor(() => expect(server.connections).toBe(0));
});

/** An endpoint mapper that sends to another port. */
async function mapperTo(port: number, isOpen = true): Promise<number> {
  const listener = new TcpListener({
    ...{ machine, clock: systemClock, host: '127.0.0.1', port: 0 },
    served: () => [
      {
        ...mapperService(
          () => [even6Service(machine)],
          () => port,
        ),
        isOpen,
      },
    ],
  });
  await listener.start();
  onTestFinished(() => listener.stop());
  return listener.port;
}
