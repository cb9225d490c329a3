import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import { NtlmError } from '../ntlm/ntlm-error.ts';
import { RpcBindRefused, RpcClosed, RpcDecodeError, RpcFault } from '../rpc/errors.ts';
import { TcpPipeFailure } from '../rpc/tcp-pipe.ts';
import { stageOf, statusProblem } from './status-problem.ts';
import { notDone, type StatusPlace, type StatusSpace } from './statuses.ts';

/** A machine that did not do what it was asked. Texts in it are safe to show. */
export class WindowsFailure extends Error {
  override readonly name = 'WindowsFailure';
  readonly problem: Problem;
  /** Null where the failure has no code of Windows. */
  readonly status: { readonly space: StatusSpace; readonly code: number } | null;

  constructor(problem: Problem, status: WindowsFailure['status'] = null) {
    super(problem.message);
    this.problem = problem;
    this.status = status;
  }
}

/** A call that was answered with a code of Windows. */
export function refusedWith(space: StatusSpace, code: number, place: StatusPlace): WindowsFailure {
  return new WindowsFailure(statusProblem(space, code, place), { space, code });
}

/** What an RPC call or binding threw, as people read it; an error that is none of RPC's own comes back as it is. */
export function rpcFailure(error: unknown, place: StatusPlace): unknown {
  const stage = stageOf(place.task);
  if (error instanceof RpcFault) return refusedWith('rpc', error.status, place);
  if (error instanceof RpcBindRefused)
    return new WindowsFailure({
      stage,
      code: `${error.kind} ${error.reason}`,
      message: safeText(`${notDone(place)} (${error.message})`),
      cause:
        error.kind === 'rejected'
          ? 'The machine does not serve this interface on this pipe.'
          : 'The machine wants another login of the binding, or takes no more bindings.',
      fix: ['poll it in another mode', `look whether ${safeText(place.host)} is what it should be`],
    });
  if (error instanceof RpcDecodeError)
    return new WindowsFailure({
      stage,
      code: error.reason,
      message: safeText(`${place.host} does not speak DCE/RPC as it should: ${error.message}`),
      cause: 'This is another service, a broken one, or something in between changes what it says.',
      fix: ['record the connection with tshark, and compare with rpcclient from this machine'],
    });
  if (error instanceof NtlmError)
    return new WindowsFailure({
      stage,
      code: error.reason,
      message: safeText(`${place.host} was not believed (${stage}): ${error.message}`),
      cause: 'Somebody in between changed or made up what it said.',
      fix: ['record the connection with tshark, and look for devices in between that inspect RPC'],
    });
  if (error instanceof RpcClosed || error instanceof TcpPipeFailure)
    return new WindowsFailure({
      stage,
      code: error instanceof TcpPipeFailure ? error.code : null,
      message: safeText(
        `${place.host} ended the connection (${stage})${error instanceof TcpPipeFailure ? `: ${error.message}` : ''}`,
      ),
      cause: 'The machine was stopped or restarted, or the network broke.',
      fix: [`check that ${safeText(place.host)} is up`],
    });
  return error;
}
