import type { Clock } from '../../clock.ts';
import { WsmanClient } from '../wsman/client.ts';
import type { WsmanLogin } from '../wsman/login.ts';
import type { WsmanServer } from '../wsman/open-socket.ts';
import type { WsmanLimits } from '../wsman/profile.ts';
import type { ControllerLink } from './reading.ts';
import { WmiLogReader } from './wmi-log.ts';

export interface WmiLinkOptions {
  readonly server: WsmanServer;
  readonly login: WsmanLogin;
  /** Name of the event log, `Security`. */
  readonly log: string;
  readonly clock: Clock;
  readonly limits?: WsmanLimits;
}

/**
 * Connects to a domain controller for its event log by WMI over WS-Management (docs/protocol/windows.md, WS-Management), and logs
 * in. Rejects with WsmanFailure, or with the reason of the signal.
 */
export async function connectWmi(options: WmiLinkOptions, signal?: AbortSignal): Promise<ControllerLink> {
  const { server, login, log, clock, limits } = options;
  const client = new WsmanClient({ server, login, clock, ...(limits ? { limits } : {}) });
  try {
    await client.identify(signal);
  } catch (error) {
    client.close();
    throw error;
  }
  let isClosed = false;
  return {
    sessions: null,
    log: new WmiLogReader(client, log),
    means: server.tls === null ? 'WMI, HTTP, sealed by NTLM' : 'WMI, HTTPS',
    time: async (given) => {
      await client.identify(given);
      const ahead = client.pulse?.clockAheadMs ?? null;
      return ahead === null ? null : clock.now() + ahead;
    },
    // A connection that was lost is opened again by the next question.
    get isClosed() {
      return isClosed;
    },
    close: async () => {
      isClosed = true;
      client.close();
    },
  };
}
