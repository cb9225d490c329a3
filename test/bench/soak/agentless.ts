import { Agent, request } from 'node:http';
import { systemClock } from '../../../src/clock.ts';
import { NtlmClient } from '../../../src/fsso/ntlm/client.ts';
import { LabMachine } from '../../../src/lab/windows/machine.ts';
import { NetlogonServer } from '../../../src/lab/windows/netlogon/server.ts';
import { WindowsServer } from '../../../src/lab/windows/windows-server.ts';
import { WsmanLabServer } from '../../../src/lab/windows/wsman-server/server.ts';
import { ticketStrings } from '../../support/scripted-controller.ts';
import { FaultyWay } from './faulty-way.ts';

export const agentlessPasswords = { POLL_PASSWORD: 'soak poll', MACHINE_PASSWORD: 'soak machine' };
const userPassword = 'soak user';
const records = 400_000;
const browserMs = 20_000;

const machineOf = (name: string) =>
  new LabMachine({
    ...{ name, domain: 'CORP', dnsDomain: 'corp.example', mostRecords: records },
    accounts: [{ user: 'svc-fsso', password: agentlessPasswords.POLL_PASSWORD, rights: ['event-log'] }],
  });

/** Domain controllers whose logs are read, over SMB and by WMI, and one that gives verdicts; each behind a way that can go wrong. */
export class Agentless {
  readonly #smb: LabMachine;
  readonly #wmi: LabMachine;
  readonly #close: (() => unknown)[];
  readonly ways: { readonly smb: FaultyWay; readonly wmi: FaultyWay; readonly netlogon: FaultyWay };

  private constructor(servers: {
    smb: WindowsServer;
    wmi: WsmanLabServer;
    netlogon: NetlogonServer;
    machines: readonly [LabMachine, LabMachine];
    ways: Agentless['ways'];
  }) {
    [this.#smb, this.#wmi] = servers.machines;
    this.ways = servers.ways;
    this.#close = [servers.smb, servers.wmi, servers.netlogon].map((each) => () => each.stop());
  }

  /** @param users how many there are, of U0 and further */
  static async start(users: number): Promise<Agentless> {
    const machines = [machineOf('DC8'), machineOf('DC9')] as const;
    const smb = await WindowsServer.start({ machine: machines[0], clock: systemClock });
    const wmi = new WsmanLabServer({ machine: machines[1], clock: systemClock });
    await wmi.start();
    const netlogon = new NetlogonServer({
      ...{ domain: 'CORP', computer: 'COLLECTOR', password: agentlessPasswords.MACHINE_PASSWORD },
      users: Object.fromEntries(
        Array.from({ length: users }, (_, index) => [`U${index}`, { password: userPassword }]),
      ),
    });
    const port = await netlogon.start();
    const way = (to: number) => FaultyWay.start(() => ({ host: '127.0.0.1', port: to }));
    const ways = { smb: await way(smb.port), wmi: await way(wmi.port), netlogon: await way(port) };
    return new Agentless({ smb, wmi, netlogon, machines, ways });
  }

  /** What a collector needs to know to poll and ask them, with a gate at this port; lines of its section. */
  configuration(gate: number): string {
    const { smb, wmi, netlogon } = this.ways;
    return `  polling:
    user: 'CORP\\svc-fsso'
    password: { env: POLL_PASSWORD }
    domain: CORP
    period: 1
    history: 10
    controllers:
      - { server: 127.0.0.1, port: ${smb.port} }
      - { server: localhost, port: ${wmi.port}, mode: wmi, period: 2 }
  ntlm:
    domains: [ { name: CORP, controllers: [ "127.0.0.1:${netlogon.port}" ], machine: COLLECTOR$, password: { env: MACHINE_PASSWORD } } ]
    gates: [ { listen: 127.0.0.1, port: ${gate} } ]
  workstation-verify-interval: 1
  workstation-check-networks: [ 127.0.0.0/8 ]
  workstation-check-method: netapi
  workstation-check-user: 'CORP\\svc-fsso'
  workstation-check-password: { env: POLL_PASSWORD }
  workstation-check-threads: 8
`;
  }

  /** A ticket for a user at an address: it stays in the log, whatever happens to whoever reads it. */
  write(where: 'event log' | 'wmi', user: string, ip: string): void {
    const { security } = where === 'wmi' ? this.#wmi : this.#smb;
    const generated = Math.floor(Date.now() / 1000);
    security.write({ id: 4768, strings: ticketStrings(user, ip), generated });
  }

  async stop(): Promise<void> {
    for (const way of Object.values(this.ways)) way.stop();
    await Promise.all(this.#close.map((close) => close()));
  }
}

/** A browser at an address goes to the gate and says who it is; true where the gate let it through. Never rejects. */
export async function browse(gate: number, user: string, localAddress: string): Promise<boolean> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const client = new NtlmClient({ user, domain: 'CORP', password: userPassword }, { clock: systemClock });
  const say = (message: Buffer) =>
    new Promise<{ status: number; challenge: string }>((done, failed) => {
      const headers = { authorization: `NTLM ${message.toString('base64')}` };
      const options = { host: '127.0.0.1', port: gate, localAddress, agent, headers, timeout: browserMs };
      const asked = request(options, (response) => {
        const challenge = String(response.headers['www-authenticate'] ?? '').slice('NTLM '.length);
        response.resume().once('end', () => done({ status: response.statusCode ?? 0, challenge }));
        response.once('error', failed);
      });
      asked.once('timeout', () => asked.destroy(new Error('no answer')));
      asked.once('error', failed);
      asked.end();
    });
  try {
    const { challenge } = await say(client.negotiate());
    const { message } = client.authenticate(Buffer.from(challenge, 'base64'));
    return (await say(message)).status === 200;
  } catch {
    return false;
  } finally {
    agent.destroy();
  }
}
