import { expect, test } from 'vitest';
import { netStatuses } from '../../../src/fsso/rpc/interfaces/net-enum.ts';
import {
  decodeUserQuestion,
  encodeUserAnswer,
  userLevel,
  wkssvc,
} from '../../../src/fsso/rpc/interfaces/wkssvc.ts';
import { usersByRegistry, usersByService } from '../../../src/fsso/windows/logged-on.ts';
import { LabMachine } from '../../../src/lab/windows/machine.ts';
import { RpcEndpoint } from '../../../src/lab/windows/rpc/endpoint.ts';
import { registryService } from '../../../src/lab/windows/rpc/registry-service.ts';
import type { RpcServed } from '../../../src/lab/windows/rpc/service.ts';
import { EndpointPipe } from '../../support/endpoint-pipe.ts';

const place = { host: 'ws01', account: 'CORP\\svc-fsso' };
const { signal } = new AbortController();

function pipes(served: RpcServed) {
  const caller = { user: 'svc-fsso', domain: 'CORP', address: '10.0.0.9', since: 0 };
  const endpoint = new RpcEndpoint({ address: '', served: [served], caller, logIn: () => null });
  return { openPipe: async () => new EndpointPipe(endpoint) };
}

/** A workstation service that tells one user an answer, `answers` times. */
function inParts(answers: number): RpcServed {
  return {
    interfaceId: wkssvc,
    bind: () => ({
      call(_opnum, stub) {
        const { resume } = decodeUserQuestion(stub);
        const users = [{ user: `user${resume}`, domain: 'CORP', logonServer: 'DC1' }];
        const status = resume + 1 < answers ? netStatuses.moreData : netStatuses.done;
        return encodeUserAnswer({ level: userLevel, users, total: answers, resume: resume + 1, status });
      },
    }),
  };
}

const endless = { problem: { message: 'ws01 comes to no end of who is logged on' } };

test('users that come in parts are one list', async () => {
  const users = await usersByService(pipes(inParts(3)), place, signal);
  expect(users.map(({ user }) => user)).toEqual(['user0', 'user1', 'user2']);
});

test('a part of a list is never taken for all of it: who was left out would be logged off', async () => {
  await expect(usersByService(pipes(inParts(101)), place, signal)).rejects.toMatchObject(endless);
  const machine = new LabMachine({
    ...{ name: 'WS01', domain: 'CORP', dnsDomain: 'corp.example' },
    accounts: [{ user: 'svc-fsso', password: 'x', rights: ['registry'] }],
  });
  machine.hives.push(...Array.from({ length: 5000 }, (_, index) => `S-1-5-80-${index}`));
  await expect(usersByRegistry(pipes(registryService(machine)), place, signal)).rejects.toMatchObject(
    endless,
  );
});
