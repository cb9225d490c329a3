import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { NtlmClient } from '../../src/fsso/ntlm/client.ts';
import { NtlmError } from '../../src/fsso/ntlm/ntlm-error.ts';
import { NtlmServer } from '../../src/fsso/ntlm/server.ts';
import { RpcDecodeError, RpcFault } from '../../src/fsso/rpc/errors.ts';
import * as even6 from '../../src/fsso/rpc/interfaces/even6.ts';
import * as eventlog from '../../src/fsso/rpc/interfaces/eventlog.ts';
import { encodeLookupRequest } from '../../src/fsso/rpc/interfaces/lsarpc.ts';
import { encodeSamLogonRequest } from '../../src/fsso/rpc/interfaces/netlogon.ts';
import * as srvsvc from '../../src/fsso/rpc/interfaces/srvsvc.ts';
import * as winreg from '../../src/fsso/rpc/interfaces/winreg.ts';
import { frame } from '../../src/fsso/smb/frames.ts';
import { LabMachine } from '../../src/lab/windows/machine.ts';
import { namesOf } from '../../src/lab/windows/netlogon/names.ts';
import { readVerdictQuestion, verdictOn } from '../../src/lab/windows/netlogon/verdict.ts';
import { even6Service } from '../../src/lab/windows/rpc/even6-service.ts';
import { readEventQuery } from '../../src/lab/windows/rpc/event-query.ts';
import { logService } from '../../src/lab/windows/rpc/log-service.ts';
import { registryService } from '../../src/lab/windows/rpc/registry-service.ts';
import type { RpcService } from '../../src/lab/windows/rpc/service.ts';
import { sessionService } from '../../src/lab/windows/rpc/session-service.ts';
import { userService } from '../../src/lab/windows/rpc/user-service.ts';
import { SmbConnection } from '../../src/lab/windows/smb/connection.ts';
import { ManualClock } from '../support/manual-clock.ts';
import type { Target } from './targets.ts';

const clock = new ManualClock();
const random = (count: number): Buffer => Buffer.alloc(count, 0xa5);
const account = { user: 'svc', password: 'x' };
const newMachine = (): LabMachine => {
  const rights = ['sessions', 'event-log', 'logged-on users', 'registry'] as const;
  const machine = new LabMachine({
    ...{ name: 'DC1', domain: 'CORP', dnsDomain: 'corp.example', accounts: [{ ...account, rights }] },
  });
  machine.security.write({ id: 4768, strings: ['anna', 'CORP'], generated: 1_768_467_600 });
  return machine;
};

const served = (machine: LabMachine): RpcService[] =>
  [
    sessionService(machine, clock),
    userService(machine),
    registryService(machine),
    logService(machine),
    even6Service(machine),
  ].map((each) => each.bind({ user: account.user, domain: 'CORP', address: '10.0.0.1', since: 0 }));

/** One call of one service: which, the number of the call, and the stub. */
const call = (service: number, opnum: number, stub: Buffer): Buffer =>
  Buffer.concat([Buffer.from([service, opnum]), stub]);

const handle = Buffer.alloc(20, 7);
const domain = {
  ...{ domain: 'CORP', computer: 'COLLECTOR', password: 'machine', groupNames: { 1105: 'Engineering' } },
  users: { anna: { password: 'right', groups: [513, 1105] } },
};

const answer = (() => {
  const client = new NtlmClient({ user: 'anna', domain: 'CORP', password: 'right' }, { clock, random });
  const server = new NtlmServer({ clock, random, names: { domain: 'CORP', computer: 'COLLECTOR' } });
  return server.read(client.authenticate(server.challenge(client.negotiate())).message);
})();

/** A connection's other side, as much of it as a server takes hold of. */
class NoSocket extends EventEmitter {
  readonly remoteAddress = '127.0.0.1';
  destroyed = false;
  written = 0;
  setNoDelay(): void {}
  write(bytes: Buffer): void {
    this.written += bytes.length;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

/** MS-SMB2 2.2.1.2 and what stands behind it. */
function request(command: number, body: Buffer): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32BE(0xfe534d42, 0);
  header.writeUInt16LE(64, 4);
  header.writeUInt16LE(command, 12);
  header.writeUInt16LE(1, 14);
  return Buffer.concat([header, body]);
}

const negotiate = Buffer.concat([
  Buffer.from('24000500010000007f00000011111111111111111111111111111111', 'hex'),
  Buffer.alloc(8),
  Buffer.from('02021002000302031103', 'hex'),
]);
const setup = Buffer.concat([
  Buffer.from('190000010000000000000000580004000000000000000000', 'hex'),
  Buffer.from('4e544c4d', 'hex'),
]);

/** What the lab's Windows machine is asked, by anybody on this machine. */
export const labWindowsTargets: Readonly<Record<string, Target>> = {
  'lab-smb': {
    read(bytes) {
      const socket = new NoSocket();
      new SmbConnection(socket as unknown as Socket, {
        ...{ machine: newMachine(), pipes: new Map(), serverId: Buffer.alloc(16), encrypts: false, clock },
      });
      socket.emit('data', frame(request(0, negotiate)));
      socket.emit('data', bytes);
      if (socket.written > 4096 + 1024 * bytes.length) throw new Error('says more than it was asked');
      socket.destroy();
    },
    sources: '/src/lab/windows/smb/',
    seeds: [
      frame(request(1, setup)),
      frame(request(0, negotiate)),
      frame(request(13, Buffer.from([4, 0, 0, 0]))),
      Buffer.from('00000023ff534d4272000000001853c80000000000000000000000000000fffe00000000', 'hex'),
    ],
  },
  'lab-rpc': {
    read(bytes) {
      const services = served(newMachine());
      for (let at = 0; at < 3; at++) {
        const service = services[(bytes[0] ?? 0) % services.length];
        try {
          service?.call(bytes[1] ?? 0, bytes.subarray(2));
        } catch (error) {
          if (!(error instanceof RpcDecodeError || error instanceof RpcFault)) throw error;
        }
      }
      for (const service of services) service.close?.();
    },
    sources: '/src/lab/windows/rpc/',
    seeds: [
      call(
        0,
        srvsvc.sessionEnum,
        srvsvc.encodeSessionQuestion({ server: '\\\\dc1', level: 10, most: 100, resume: 0 }),
      ),
      call(0, 15, Buffer.from('00000000010000000100000000000000ffffffff00000000', 'hex')),
      call(2, winreg.registryCalls.openUsers, winreg.encodeOpenUsers()),
      call(2, winreg.registryCalls.enumKey, winreg.encodeEnumKey(handle, 1)),
      call(3, eventlog.logCalls.open, eventlog.encodeOpenLog('Security')),
      call(3, eventlog.logCalls.read, eventlog.encodeReadLog({ handle, flags: 6, record: 1, bytes: 4096 })),
      call(
        4,
        even6.even6Calls.registerQuery,
        even6.encodeRegisterQuery('Security', '*[System[(EventID=4768)]]'),
      ),
    ],
  },
  'netlogon-question': {
    read(bytes) {
      try {
        verdictOn(readVerdictQuestion(bytes), domain);
      } catch (error) {
        if (!(error instanceof RpcDecodeError || error instanceof NtlmError)) throw error;
      }
      try {
        namesOf(bytes, domain);
      } catch (error) {
        if (!(error instanceof RpcDecodeError)) throw error;
      }
    },
    sources: '/src/lab/windows/netlogon/',
    seeds: [
      encodeSamLogonRequest('COLLECTOR', answer),
      encodeLookupRequest(['S-1-5-21-1-2-3-1105', 'S-1-5-21-1-2-3-9']),
    ],
  },
  'event-query': {
    read(bytes) {
      const test = readEventQuery(bytes.toString('utf8'));
      const record = newMachine().security.at(1);
      if (test && record) test(record);
    },
    sources: '/src/lab/windows/rpc/event-query',
    seeds: ['*', '*[System[(EventID=4768 or EventID=4769) and EventRecordID>5 and (EventRecordID<=9)]]'].map(
      (text) => Buffer.from(text),
    ),
  },
};
