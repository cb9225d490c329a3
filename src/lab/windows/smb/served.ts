import type { Clock } from '../../../clock.ts';
import type { LabMachine } from '../machine.ts';
import type { RpcServed } from '../rpc/service.ts';

/** What every connection of a server has in common. */
export interface SmbServed {
  readonly machine: LabMachine;
  /** The interfaces of each pipe, by its name in lower case. */
  readonly pipes: ReadonlyMap<string, readonly RpcServed[]>;
  readonly serverId: Buffer;
  /** Nothing is answered that is not encrypted, but logins. */
  readonly encrypts: boolean;
  readonly clock: Clock;
}
