import { RpcFault } from '../../../fsso/rpc/errors.ts';
import { netStatuses } from '../../../fsso/rpc/interfaces/net-enum.ts';
import {
  decodeUserQuestion,
  encodeUserAnswer,
  userEnum,
  wkssvc,
} from '../../../fsso/rpc/interfaces/wkssvc.ts';
import type { LabMachine } from '../machine.ts';
import { type RpcServed, serverFaults } from './service.ts';

/** Who is logged on at the machine. */
export function userService(machine: LabMachine): RpcServed {
  return {
    interfaceId: wkssvc,
    bind: (caller) => ({
      call(opnum, stub) {
        if (opnum !== userEnum) throw new RpcFault(serverFaults.noSuchCall);
        const { level } = decodeUserQuestion(stub);
        const mayAsk = machine.may(caller.user, 'logged-on users');
        const isKnown = level === 0 || level === 1;
        const users = mayAsk && isKnown ? machine.loggedOn : [];
        const status = mayAsk ? netStatuses.done : netStatuses.accessDenied;
        return encodeUserAnswer({
          level,
          users,
          total: users.length,
          resume: 0,
          status: isKnown ? status : netStatuses.badLevel,
        });
      },
    }),
  };
}
