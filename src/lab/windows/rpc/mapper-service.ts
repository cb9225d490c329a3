import { RpcFault } from '../../../fsso/rpc/errors.ts';
import {
  decodeMapRequest,
  encodeMapReply,
  endpointMapper,
  mapCall,
} from '../../../fsso/rpc/interfaces/epm.ts';
import { type RpcServed, serverFaults } from './service.ts';

/** The endpoint mapper: all that is served over TCP is at one port. */
export function mapperService(served: () => readonly RpcServed[], port: () => number): RpcServed {
  return {
    interfaceId: endpointMapper,
    isOpen: true,
    bind: () => ({
      call(opnum, stub) {
        if (opnum !== mapCall) throw new RpcFault(serverFaults.noSuchCall);
        const wanted = decodeMapRequest(stub);
        const found = served().find(({ interfaceId }) => interfaceId.uuid === wanted);
        return encodeMapReply(found ? { interfaceId: found.interfaceId, port: port() } : null);
      },
    }),
  };
}
