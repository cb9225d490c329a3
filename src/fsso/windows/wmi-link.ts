import type { Clock } from '../../clock.ts';
import { WsmanClient } from '../wsman/client.ts';
import type { WsmanLogin } from '../wsman/login.ts';
import type { WsmanServer } from '../wsman/open-socket.ts';
import type { WsmanLimits } from '../wsman/profile.ts';
import type { ControllerLink } from './reading.ts';
import { WmiLogReader } from './wmi-log.ts';
import { SubscribedLogReader } from './wmi-subscription.ts';

export interface WmiLinkOptions {
  readonly server: WsmanServer;
  readonly login: WsmanLogin;
  /** Name of the event log, `Security`. */
  readonly log: string;
  readonly clock: Clock;
  /** New events are delivered to a subscription, where the server has them; queries are the default. */
  readonly subscribes?: boolean;
  readonly limits?: WsmanLimits;
}

/**
 * Connects to a domain controller for its event log by WMI over WS-Management (docs/protocol/windows.md, WS-Management), and logs
 * in. Rejects with WsmanFailure, or with the reason of the signal.
 */
export async function connectWmi(options: WmiLinkOptions, signal?: AbortSignal): Promise<ControllerLink> {
  const { server, login, log, clock, subscribes = false, limits } = options;
  const client = new WsmanClient({ server, login, clock, ...(limits ? { limits } : {}) });
  try {
    await client.identify(signal);
  } catch (error) {
    client.close();
    throw error;
  }
  const queries = new WmiLogReader(client, log);
  const subscribed = subscribes ? new SubscribedLogReader(client, log, queries, clock) : null;
  const way = server.tls === null ? 'WMI, HTTP, sealed by NTLM' : 'WMI, HTTPS';
  let isClosed = false;
  return {
    sessions: null,
    log: subscribed ?? queries,
    get domain() {
      return client.domain;
    },
    get means() {
      return subscribed?.isSubscribed ? `${way}, subscribed` : way;
    },
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
      if (subscribed !== null) await takeLeave(subscribed, clock);
      client.close();
    },
  };
}

/** So long the end of polling waits for a server, in milliseconds. */
const leaveMs = 1000;

async function takeLeave(subscribed: SubscribedLogReader, clock: Clock): Promise<void> {
  const late = new AbortController();
  const timer = clock.after(leaveMs, () => late.abort());
  await subscribed.stop(late.signal);
  timer.cancel();
}
