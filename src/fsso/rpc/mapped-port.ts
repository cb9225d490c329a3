import { bindRpc, type RpcBindOptions, type RpcInterface } from './client.ts';
import { decodeMapReply, encodeMapRequest, endpointMapper, mapCall } from './interfaces/epm.ts';
import type { RpcPipe } from './pipe.ts';

/**
 * Asks an endpoint mapper for the TCP port of an interface, and closes the pipe. Null where it is not served over TCP.
 * Rejects with whatever the pipe, the binding or the call fail with.
 */
export async function mappedPort(
  mapper: RpcPipe,
  wanted: RpcInterface,
  options: RpcBindOptions = {},
): Promise<number | null> {
  const rpc = await bindRpc(mapper, endpointMapper, options);
  try {
    return decodeMapReply(await rpc.call(mapCall, encodeMapRequest(wanted), options.signal));
  } finally {
    await rpc.close();
  }
}
