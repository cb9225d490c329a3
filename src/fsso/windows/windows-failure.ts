import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import { RpcBindRefused, RpcClosed, RpcDecodeError, RpcFault } from '../rpc/errors.ts';
import { type StatusPlace, type StatusSpace, statusMeaning } from './statuses.ts';

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

const stages: Readonly<Record<StatusPlace['task'], string>> = {
  login: 'authentication',
  pipe: 'rpc',
  sessions: 'sessions',
  'event-log': 'event log',
  'logged-on users': 'logged-on users',
  registry: 'registry',
  'ntlm verdict': 'ntlm',
};

/** A call that was answered with a code of Windows. */
export function refusedWith(space: StatusSpace, code: number, place: StatusPlace): WindowsFailure {
  const meaning = statusMeaning(space, code);
  const hex = `0x${code.toString(16).padStart(8, '0')}`;
  const problem: Problem = {
    stage: stages[place.task],
    code: meaning?.name ?? hex,
    message: safeText(`${place.host} refused (${place.task}): ${meaning?.says ?? `status ${hex}`}`),
    cause: safeText(meaning?.cause ?? 'The machine answered with a code that is not known here.'),
    fix: (meaning?.fix(place) ?? [`look ${hex} up in Microsoft's lists (net helpmsg, err.exe)`]).map(
      safeText,
    ),
  };
  return new WindowsFailure(problem, { space, code });
}

/** What an RPC call or binding threw, as people read it; an error that is none of RPC's own comes back as it is. */
export function rpcFailure(error: unknown, place: StatusPlace): unknown {
  const stage = stages[place.task];
  if (error instanceof RpcFault) return refusedWith('rpc', error.status, place);
  if (error instanceof RpcBindRefused)
    return new WindowsFailure({
      stage,
      code: `${error.kind} ${error.reason}`,
      message: safeText(`${place.host} refused (${place.task}): ${error.message}`),
      cause: 'The machine does not serve this interface on this pipe.',
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
  if (error instanceof RpcClosed)
    return new WindowsFailure({
      stage,
      code: null,
      message: safeText(`${place.host} ended the connection (${place.task})`),
      cause: 'The machine was stopped or restarted, or the network broke.',
      fix: [`check that ${safeText(place.host)} is up`],
    });
  return error;
}
