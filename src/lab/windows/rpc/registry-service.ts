import { RpcFault } from '../../../fsso/rpc/errors.ts';
import { decodeHandle, encodeHandleAnswer, noHandle } from '../../../fsso/rpc/interfaces/context-handle.ts';
import {
  decodeEnumKey,
  decodeOpenUsers,
  encodeEnumKeyAnswer,
  registryCalls,
  registryStatuses,
  winreg,
} from '../../../fsso/rpc/interfaces/winreg.ts';
import type { LabMachine } from '../machine.ts';
import { Handles } from './handles.ts';
import { type RpcServed, serverFaults } from './service.ts';

const accessDenied = 5;

/** HKEY_USERS of the remote registry, and nothing else of it. */
export function registryService(machine: LabMachine): RpcServed {
  return {
    interfaceId: winreg,
    bind: (caller) => {
      const handles = new Handles<'HKEY_USERS'>();
      const { done, badHandle, noMoreItems } = registryStatuses;
      return {
        call(opnum, stub) {
          switch (opnum) {
            case registryCalls.openUsers:
              decodeOpenUsers(stub);
              return machine.may(caller.user, 'registry')
                ? encodeHandleAnswer({ handle: handles.open('HKEY_USERS'), status: done })
                : encodeHandleAnswer({ handle: noHandle, status: accessDenied });
            case registryCalls.enumKey: {
              const { handle, index } = decodeEnumKey(stub);
              if (handles.get(handle) === null) return encodeEnumKeyAnswer({ name: '', status: badHandle });
              const name = machine.hives[index];
              return encodeEnumKeyAnswer({
                name: name ?? '',
                status: name === undefined ? noMoreItems : done,
              });
            }
            case registryCalls.closeKey: {
              const closed = handles.close(decodeHandle(stub));
              return encodeHandleAnswer({
                handle: closed ?? noHandle,
                status: closed === null ? badHandle : done,
              });
            }
            default:
              throw new RpcFault(serverFaults.noSuchCall);
          }
        },
      };
    },
  };
}
