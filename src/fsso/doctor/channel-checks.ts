import type { Problem } from '../../problem.ts';
import { channelFailure } from '../windows/netlogon/channel-failure.ts';
import {
  agreeOnKey,
  bindChannel,
  type ChannelTarget,
  findPort,
  type MachineAccount,
} from '../windows/netlogon/open-channel.ts';
import type { Add } from './check.ts';
import { failed, good, type Need, skipped } from './check.ts';
import { machineCommands, portCommands } from './commands.ts';
import type { Names } from './names.ts';
import { portCheck, whereabouts } from './reach.ts';

/** A domain controller that is asked for verdicts on NTLM answers. */
export interface ChannelSubject {
  readonly names: Names;
  readonly otherNames: Names | null;
  readonly account: MachineAccount;
  readonly target: ChannelTarget;
  /** TCP port of the endpoint mapper, which is asked where the port of Netlogon is not fixed. */
  readonly mapperPort: number;
  /** Connects and lets go; rejects with an Error that carries a Problem. */
  readonly tryPort: (address: string, port: number) => Promise<void>;
}

const needs: readonly Need[] = ['ntlm'];
const dynamicPorts = '49152-65535';

/**
 * Tries what the secure channel of a machine account needs (docs/protocol/windows.md, Secure channel), up to the sealed binding. No
 * user is asked about, so nobody's wrong password is counted.
 */
export async function channelChecks(
  { names, otherNames, account, target, mapperPort, tryPort }: ChannelSubject,
  signal: AbortSignal,
  add: Add,
): Promise<void> {
  const { host } = target;
  const { checks, addresses } = await whereabouts(host, names, otherNames, needs);
  add(...checks);
  const first = target.port ?? mapperPort;
  if (addresses.length === 0) {
    add(skipped(`port ${first}/tcp`, 'no address is known', needs));
    add(skipped('machine account', 'no address is known', needs));
    return;
  }
  const tryAt = (port: number) => (address: string) => tryPort(address, port);
  const run = portCommands('RPC', host, target.port ?? `${mapperPort},${dynamicPorts}`);
  const reached = await portCheck(`${first}/tcp`, addresses, tryAt(first), needs, run);
  add(reached.check);
  const [address] = reached.open;
  if (address === undefined) {
    add(skipped('machine account', 'the port cannot be reached', needs));
    return;
  }
  const there = { ...target, host: address };
  const runFor = (problem: Problem) => (problem.stage === 'connect' ? run : machineCommands(account.account));
  const step = async <Result>(check: string, work: () => Promise<Result>): Promise<Result | null> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      add(failed(check, channelFailure(host, error), needs, runFor));
      return null;
    }
  };
  const port = await step('endpoint mapper', () => findPort(there, signal));
  if (port === null) {
    add(skipped('machine account', 'the port of Netlogon is not known', needs));
    return;
  }
  if (target.port === null) {
    add(good('endpoint mapper', `Netlogon is on TCP ${port}`, needs));
    const dynamic = await portCheck(`${port}/tcp`, [address], tryAt(port), needs, run);
    add(dynamic.check);
    if (dynamic.open.length === 0) {
      add(skipped('machine account', 'the port of Netlogon cannot be reached', needs));
      return;
    }
  }
  const key = await step('machine account', () => agreeOnKey(there, port, account, signal));
  if (key === null) {
    add(skipped('sealed channel', 'the machine account was not taken', needs));
    return;
  }
  add(good('machine account', `${account.account} agreed on a key, with AES`, needs));
  const binding = await step('sealed channel', () => bindChannel(there, port, account, key, signal));
  if (binding === null) return;
  await binding.rpc.close();
  add(good('sealed channel', 'bound and sealed; no user was asked about', needs));
}
