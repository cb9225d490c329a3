import type { Clock } from '../../../clock.ts';
import { RpcFault } from '../../../fsso/rpc/errors.ts';
import { netStatuses } from '../../../fsso/rpc/interfaces/net-enum.ts';
import { encodeTimeAnswer, remoteTime } from '../../../fsso/rpc/interfaces/remote-time.ts';
import {
  decodeSessionQuestion,
  encodeSessionAnswer,
  isSessionLevel,
  type SessionInfo,
  sessionEnum,
  srvsvc,
} from '../../../fsso/rpc/interfaces/srvsvc.ts';
import type { LabMachine } from '../machine.ts';
import { type Caller, type RpcServed, serverFaults } from './service.ts';
import { decodeShareQuestion, encodeShareAnswer, shareEnum } from './shares.ts';

/** Names in one answer take about this many bytes a row. */
const bytesARow = 100;

/** Sessions at the file server: those of the scenario, and the caller's own, as servers list it too. */
export function sessionService(machine: LabMachine, clock: Clock): RpcServed {
  return {
    interfaceId: srvsvc,
    bind: (caller) => ({
      call(opnum, stub) {
        if (opnum === shareEnum) return encodeShareAnswer(decodeShareQuestion(stub));
        if (opnum === remoteTime) return encodeTimeAnswer(clock.now());
        if (opnum !== sessionEnum) throw new RpcFault(serverFaults.noSuchCall);
        const { level, client, user, most, resume } = decodeSessionQuestion(stub);
        const refused = (status: number) =>
          encodeSessionAnswer({ level, sessions: [], total: 0, resume: 0, status });
        if (!isSessionLevel(level) || !machine.sessionLevels.has(level)) return refused(netStatuses.badLevel);
        if (!machine.may(caller.user, 'sessions')) return refused(netStatuses.accessDenied);
        const all = [...machine.sessions, ownSession(caller, clock)].filter(
          (session) => fits(client, session.client) && fits(user, session.user),
        );
        // Sessions may have ended since it was given out.
        const begin = Math.min(resume, all.length);
        const end = Math.min(all.length, begin + Math.max(1, Math.floor(most / bytesARow)));
        return encodeSessionAnswer({
          level,
          sessions: all.slice(begin, end),
          total: all.length - begin,
          resume: end < all.length ? end : 0,
          status: end < all.length ? netStatuses.moreData : netStatuses.done,
        });
      },
    }),
  };
}

const fits = (wanted: string | null, there: string) =>
  wanted === null || wanted === '' || wanted.toLowerCase() === there.toLowerCase();

function ownSession({ user, address, since }: Caller, clock: Clock): SessionInfo {
  const activeSeconds = Math.floor((clock.now() - since) / 1000);
  return { client: `\\\\${address}`, user, activeSeconds, idleSeconds: 0, guest: false };
}
