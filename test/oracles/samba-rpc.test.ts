import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock as clock } from '../../src/clock.ts';
import { bindRpc, type RpcClient, type RpcInterface } from '../../src/fsso/rpc/client.ts';
import { decodeHandleAnswer } from '../../src/fsso/rpc/interfaces/context-handle.ts';
import {
  decodeMapReply,
  encodeMapRequest,
  endpointMapper,
  endpointMapperPort,
  mapCall,
} from '../../src/fsso/rpc/interfaces/epm.ts';
import { NdrReader } from '../../src/fsso/rpc/ndr-reader.ts';
import { NdrWriter } from '../../src/fsso/rpc/ndr-writer.ts';
import { NtlmBinding } from '../../src/fsso/rpc/ntlm-security.ts';
import { openTcpPipe } from '../../src/fsso/rpc/tcp-pipe.ts';
import { startByteRelay } from '../support/byte-relay.ts';
import { LoopbackCapture } from '../support/loopback-capture.ts';
import { canRunSambaWindows, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { runTool } from './tool.ts';

const samr: RpcInterface = {
  ...{ name: 'samr', pipe: 'samr', uuid: '12345778-1234-abcd-ef00-0123456789ac', major: 1, minor: 0 },
};
const connect2 = 57;
const lookup = 2;

const kinds = [
  { way: 'spnego', level: 'privacy' },
  { way: 'spnego', level: 'integrity' },
  { way: 'ntlm', level: 'privacy' },
  { way: 'ntlm', level: 'integrity' },
] as const;

// What a domain controller serves over TCP, with bindings that log in by themselves.
describe.skipIf(!canRunSambaWindows)('Samba over TCP', () => {
  let samba: SambaAd;

  beforeAll(async () => {
    samba = await startSambaAd({ smb: true });
  });
  afterAll(() => samba?.stop());

  const open = (port: number, host = samba.host) => openTcpPipe({ host, port, clock, limitMs: 30_000 });

  const bound = async (
    wanted: RpcInterface,
    port: number,
    kind: (typeof kinds)[number],
    { password = samba.windows.poller.password, host = samba.host } = {},
  ): Promise<RpcClient> => {
    const credentials = { ...samba.windows.poller, password };
    const security = new NtlmBinding(credentials, { clock, host: samba.host, ...kind });
    return bindRpc(await open(port, host), wanted, { security });
  };

  async function portOf(wanted: RpcInterface): Promise<number> {
    const rpc = await bindRpc(await open(endpointMapperPort), endpointMapper);
    const port = decodeMapReply(await rpc.call(mapCall, encodeMapRequest(wanted)));
    await rpc.close();
    expect(port).toBeGreaterThan(1024);
    return port as number;
  }

  /** All that the endpoint mapper knows: an answer of many fragments. `more` bytes behind the question make it long too. */
  async function everything(rpc: RpcClient, more = 0): Promise<number> {
    const stub = new NdrWriter().u32(0).pointer(false).pointer(false).u32(1).bytes(Buffer.alloc(20)).u32(500);
    const answer = await rpc.call(lookup, stub.bytes(Buffer.alloc(more)).finish());
    expect(answer.length).toBeGreaterThan(6000);
    const reader = new NdrReader(answer);
    reader.bytes(20);
    return reader.u32();
  }

  test.each(kinds)(
    'takes a login by $way with $level, and calls of several fragments both ways',
    async (kind) => {
      const rpc = await bound(endpointMapper, endpointMapperPort, kind);
      const count = await everything(rpc);
      expect(count).toBeGreaterThan(20);
      expect(await everything(rpc, 20_000)).toBe(count);
      expect(await everything(rpc)).toBe(count);
      await rpc.close();
    },
  );

  test.each(kinds)('serves its accounts to a login by $way with $level', async (kind) => {
    const rpc = await bound(samr, await portOf(samr), kind);
    for (let each = 0; each < 3; each += 1) {
      const stub = new NdrWriter().optionalString(`\\\\${samba.host}`).u32(0x02000000).finish();
      const { handle, status } = decodeHandleAnswer(await rpc.call(connect2, stub));
      expect(status).toBe(0);
      expect(handle.equals(Buffer.alloc(20))).toBe(false);
    }
    await rpc.close();
  });

  test.each(kinds)('refuses a wrong password, by $way with $level', async (kind) => {
    const port = await portOf(samr);
    const asked = bound(samr, port, kind, { password: 'wrong' }).then((rpc) =>
      rpc.call(connect2, new NdrWriter().optionalString('\\\\dc').u32(0x02000000).finish()),
    );
    await expect(asked).rejects.toMatchObject(
      kind.way === 'spnego' ? { kind: 'login', reason: 0x721 } : { status: 0x1c01000b },
    );
  });

  test.each(kinds)('is not believed where an answer was changed, by $way with $level', async (kind) => {
    const relay = await startByteRelay(samba.host, endpointMapperPort);
    onTestFinished(() => relay.stop());
    const rpc = await bound(endpointMapper, relay.port, kind, { host: '127.0.0.1' });
    await everything(rpc);
    relay.change.fromServer = (bytes) => {
      const changed = Buffer.from(bytes);
      changed[20] = (changed[20] as number) ^ 1;
      return changed;
    };
    await expect(everything(rpc)).rejects.toThrow('whose signature of NTLM is wrong');
    expect(rpc.isOpen).toBe(false);
  });

  test('tshark finds nothing wrong with what we send, and reads what was sealed with the password only', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'fabrictop-rpc-capture-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const capture = await LoopbackCapture.start(directory, `host ${samba.host} and tcp`);
    for (const kind of kinds) {
      const rpc = await bound(endpointMapper, endpointMapperPort, kind);
      await everything(rpc, 20_000);
      await rpc.close();
    }
    await capture.stop();
    const { password } = samba.windows.poller;
    const read = (filter: string, field: string, ...more: readonly string[]): string =>
      runTool(
        'tshark',
        ['-r', capture.file, ...more, '-Y', filter, '-T', 'fields', '-e', field],
        'tshark',
      ).toString();
    expect(read('_ws.malformed', 'frame.number')).toBe('');
    const types = new Set(read('dcerpc', 'dcerpc.pkt_type').trim().split(/[\n,]/));
    for (const type of ['0', '2', '11', '12', '14', '15', '16']) expect(types).toContain(type);
    const sealed = 'dcerpc.pkt_type == 2 && dcerpc.auth_level == 6';
    expect(read(sealed, 'dcerpc.encrypted_stub_data')).not.toBe('');
    const named = ['-o', `ntlmssp.nt_password:${password}`];
    expect(read(`${sealed} && epm.opnum`, 'epm.num_ents')).toBe('');
    expect(read(`${sealed} && epm.opnum`, 'epm.num_ents', ...named)).not.toBe('');
  });
});
