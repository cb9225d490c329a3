import { safeText } from '../../safe-text.ts';
import { bindRpc, type RpcClient, type RpcInterface } from '../rpc/client.ts';
import { netStatuses, wishedBytes } from '../rpc/interfaces/net-enum.ts';
import {
  decodeEnumKeyAnswer,
  decodeHandleAnswer,
  encodeEnumKey,
  encodeOpenUsers,
  registryCalls,
  registryStatuses,
  winreg,
} from '../rpc/interfaces/winreg.ts';
import {
  decodeQueryValue,
  encodeOpenKey,
  encodeQueryValue,
  notFound,
  valueCalls,
} from '../rpc/interfaces/winreg-values.ts';
import {
  decodeUserAnswer,
  encodeUserQuestion,
  userEnum,
  userLevel,
  wkssvc,
} from '../rpc/interfaces/wkssvc.ts';
import type { RpcPipe } from '../rpc/pipe.ts';
import { stageOf } from './status-problem.ts';
import type { StatusPlace } from './statuses.ts';
import { refusedWith, rpcFailure, WindowsFailure } from './windows-failure.ts';

/** Somebody at a machine. Texts are raw. */
export interface PresentUser {
  readonly user: string;
  /** NetBIOS name; empty where the machine does not say. */
  readonly domain: string;
}

/** What is needed of an SMB session. */
export interface Pipes {
  openPipe(name: string, signal?: AbortSignal): Promise<RpcPipe>;
}

type Place = Omit<StatusPlace, 'task'>;

/** Questions to a machine that goes on giving users, and keys of its registry, at most [assumed]: a terminal server has a few hundred. */
const mostQuestions = 100;
const mostHives = 5000;

/** Part of a list says of nobody that he is not there, and so it is none. */
function endless(place: StatusPlace): WindowsFailure {
  return new WindowsFailure({
    stage: stageOf(place.task),
    code: null,
    message: safeText(`${place.host} comes to no end of who is logged on`),
    cause: 'It tells of more users than any machine has, or tells the same ones again and again.',
    fix: [
      'ask it by the other method of the workstation check',
      'leave it out of workstation-check-networks',
    ],
  });
}

/**
 * Who is logged on, as the workstation service says (NetrWkstaUserEnum level 1; docs/protocol/windows.md, Interfaces).
 * Rejects with SmbFailure, WindowsFailure, or the reason of the signal.
 */
export function usersByService(pipes: Pipes, place: Place, signal: AbortSignal): Promise<PresentUser[]> {
  return withBinding(pipes, wkssvc, { ...place, task: 'logged-on users' }, signal, async (rpc, context) => {
    const found: PresentUser[] = [];
    let resume = 0;
    for (let left = mostQuestions; left > 0; left -= 1) {
      const question = { server: `\\\\${place.host}`, level: userLevel, most: wishedBytes, resume };
      const answer = decodeUserAnswer(await rpc.call(userEnum, encodeUserQuestion(question), signal));
      if (answer.status !== netStatuses.done && answer.status !== netStatuses.moreData)
        throw refusedWith('win32', answer.status, context);
      found.push(...answer.users.map(({ user, domain }) => ({ user, domain })));
      if (answer.status === netStatuses.done) return found;
      resume = answer.resume;
    }
    throw endless(context);
  });
}

/** A person's part of HKEY_USERS: of a domain or the machine, or of Entra ID. Those of services are shorter, classes lie beside. */
const isPerson = (name: string) => /^S-1-(5-21|12-1)(-\d+){4}$/.test(name);

/**
 * Who is logged on, as the registry says: everybody whose part of HKEY_USERS is loaded and has a Volatile Environment, which a logon
 * makes (docs/protocol/windows.md, Interfaces). Rejects as `usersByService`.
 */
export function usersByRegistry(pipes: Pipes, place: Place, signal: AbortSignal): Promise<PresentUser[]> {
  return withBinding(pipes, winreg, { ...place, task: 'registry' }, signal, async (rpc, context) => {
    const users = decodeHandleAnswer(await rpc.call(registryCalls.openUsers, encodeOpenUsers(), signal));
    if (users.status !== registryStatuses.done) throw refusedWith('win32', users.status, context);
    const people: string[] = [];
    for (let index = 0; ; index += 1) {
      if (index === mostHives) throw endless(context);
      const question = encodeEnumKey(users.handle, index);
      const { name, status } = decodeEnumKeyAnswer(await rpc.call(registryCalls.enumKey, question, signal));
      if (status === registryStatuses.noMoreItems) break;
      if (status !== registryStatuses.done) throw refusedWith('win32', status, context);
      if (isPerson(name)) people.push(name);
    }
    const found: PresentUser[] = [];
    for (const sid of people) {
      const user = await userOf(rpc, users.handle, sid, context, signal);
      if (user !== null) found.push(user);
    }
    return found;
  });
}

async function userOf(
  rpc: RpcClient,
  users: Buffer,
  sid: string,
  context: StatusPlace,
  signal: AbortSignal,
): Promise<PresentUser | null> {
  const question = encodeOpenKey(users, `${sid}\\Volatile Environment`);
  const key = decodeHandleAnswer(await rpc.call(valueCalls.openKey, question, signal));
  // A part of somebody who is not logged on: a service or a task loaded it.
  if (key.status === notFound) return null;
  if (key.status !== registryStatuses.done) throw refusedWith('win32', key.status, context);
  const text = async (name: string): Promise<string> => {
    const answer = await rpc.call(valueCalls.queryValue, encodeQueryValue(key.handle, name), signal);
    const { text: value, status } = decodeQueryValue(answer);
    if (status !== registryStatuses.done && status !== notFound) throw refusedWith('win32', status, context);
    return value;
  };
  const user = await text('USERNAME');
  const domain = await text('USERDOMAIN');
  await rpc.call(registryCalls.closeKey, key.handle, signal);
  return user === '' ? null : { user, domain };
}

async function withBinding<Result>(
  pipes: Pipes,
  service: RpcInterface,
  context: StatusPlace,
  signal: AbortSignal,
  ask: (rpc: RpcClient, context: StatusPlace) => Promise<Result>,
): Promise<Result> {
  try {
    const rpc = await bindRpc(await pipes.openPipe(service.pipe, signal), service, { signal });
    try {
      return await ask(rpc, context);
    } finally {
      // An aborted call has ended it already.
      await rpc.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw rpcFailure(error, context);
  }
}
