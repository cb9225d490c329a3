import { Agent, type IncomingMessage, request } from 'node:http';
import type { Clock } from '../../clock.ts';
import { NtlmClient, type NtlmCredentials } from '../../fsso/ntlm/client.ts';
import { loopback } from '../loopback.ts';

export interface BrowsingOptions {
  /** TCP, of the gate. */
  readonly port: number;
  /** An address of this machine, which the gate takes for that of the workstation. */
  readonly from: string;
  readonly clock: Clock;
}

/** A browser that a network sends to a gate, whatever page it wants: it says who it is when it is asked. One connection at a time. */
export class LabBrowser {
  readonly #options: BrowsingOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(options: BrowsingOptions) {
    this.#options = options;
  }

  /** Asks for a page until it is let through or refused; the status that it ends with. Rejects where the gate is not there. */
  async browse(credentials: NtlmCredentials): Promise<number> {
    const asked = await this.#get(null);
    if (asked.status !== 401) return asked.status;
    const client = new NtlmClient(credentials, { clock: this.#options.clock });
    const { challenge, status } = await this.#get(client.negotiate());
    if (challenge === null) return status;
    return (await this.#get(client.authenticate(challenge).message)).status;
  }

  close(): void {
    this.#agent.destroy();
  }

  #get(message: Buffer | null): Promise<{ status: number; challenge: Buffer | null }> {
    const { port, from } = this.#options;
    const headers = {
      host: 'intranet.corp.example',
      ...(message && { authorization: `NTLM ${message.toString('base64')}` }),
    };
    return new Promise((done, failed) => {
      const finish = (response: IncomingMessage) => {
        const offered = /^NTLM (\S+)$/.exec(response.headers['www-authenticate'] ?? '')?.[1];
        done({
          status: response.statusCode ?? 0,
          challenge: offered === undefined ? null : Buffer.from(offered, 'base64'),
        });
      };
      request({ host: loopback, port, localAddress: from, agent: this.#agent, headers }, (response) => {
        response.resume();
        response.once('end', () => finish(response));
      })
        .once('error', failed)
        .end();
    });
  }
}
