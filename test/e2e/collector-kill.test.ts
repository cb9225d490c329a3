import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { encodeDatagram } from '../../src/fsso/wire/datagram.ts';
import type { LogonRecord } from '../../src/fsso/wire/messages.ts';
import { CollectorProcess } from '../support/collector-process.ts';
import { RawFortigate } from '../support/raw-fortigate.ts';

/** docs/benchmarks.md has the figures of a hundred: `KILL_ROUNDS=100 npx vitest run --project e2e test/e2e/collector-kill.test.ts`. */
const rounds = Number(process.env['KILL_ROUNDS'] ?? 4);
const addresses = 5_000;

/** Sends logons as fast as the machine does, until it is stopped; a name is never sent twice. */
function load(port: number, round: number): { stop(): Promise<void> } {
  const socket = createSocket('udp4');
  let isRunning = true;
  const running = (async () => {
    for (let index = 0; isRunning; index += 1) {
      const at = (index * 7_919) % addresses;
      const datagram = encodeDatagram({
        kind: 'logon',
        time: Math.floor(Date.now() / 1000),
        ip: `10.0.${at >> 8}.${at & 255}`,
        workstation: `PC${at}`,
        domain: 'CORP',
        user: `user-${round}-${index}`,
      });
      socket.send(datagram, port, '127.0.0.1', () => undefined);
      if (index % 50 === 0) await turn();
    }
  })();
  return {
    async stop() {
      isRunning = false;
      await running;
      socket.close();
    },
  };
}

/** Who a FortiGate has been told is at each address. */
function table(records: readonly LogonRecord[]): Map<string, string> {
  const told = new Map<string, string>();
  for (const { loggedOn, ip, user } of records)
    if (loggedOn) told.set(ip, user);
    else told.delete(ip);
  return told;
}

test(
  'whatever a FortiGate was told of is there after kill -9 in the middle of it',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'fabrictop-kill-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const config = join(directory, 'config.yaml');
    writeFileSync(
      config,
      'collector: { listen: 127.0.0.1, port: 0, agent-port: 0, agents: [127.0.0.1], cache-directory: cache }\n',
    );
    let told = new Map<string, string>();
    for (let round = 0; round <= rounds; round += 1) {
      const collector = await CollectorProcess.start(config);
      const fortigate = await RawFortigate.online(collector.port);
      const restored = table(fortigate.bulk);
      for (const [ip, user] of told) {
        // Somebody may have logged on later of whom the FortiGate was not told in time; nobody may have been forgotten.
        const later = restored.get(ip) ?? '';
        const number = (name: string) => {
          const [, at, index] = name.split('-');
          return Number(at) * 1e9 + Number(index);
        };
        if (later !== user)
          expect(number(later), `${ip}, told ${user}, found ${later}`).toBeGreaterThan(number(user));
      }
      const sender = load(collector.agentPort, round);
      await fortigate.has('event', 500 + ((round * 997) % 4_000));
      collector.child.kill('SIGKILL');
      await sender.stop();
      await fortigate.closed();
      expect(fortigate.events.length).toBeGreaterThan(0);
      told = table([...fortigate.bulk, ...fortigate.events]);
      fortigate.close();
    }
  },
  60_000 + rounds * 20_000,
);
