import { systemClock } from '../../src/clock.ts';
import { LabMachine } from '../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../src/lab/windows/windows-server.ts';

// Domain controllers of the lab in a process of their own, so that their time is not counted as the poller's.

/** What the process is told. */
export type ControllersOrder =
  | { readonly do: 'start'; readonly count: number; readonly sessions: number }
  /** So many events a second from now on, over all of them; 0 ends it. */
  | { readonly do: 'write'; readonly perSecond: number };

/** What it answers: the ports, and how many events were written so far. */
export type ControllersAnswer = { readonly ports: number[] } | { readonly written: number };

export const benchAccount = { user: 'svc-fsso', domain: 'CORP', password: 'Bench-Passw0rd-1' };

const machines: LabMachine[] = [];
const tickMs = 20;
let timer: NodeJS.Timeout | null = null;
let written = 0;

const address = (index: number) => `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;

async function start(count: number, sessions: number): Promise<number[]> {
  const ports: number[] = [];
  for (let index = 0; index < count; index++) {
    const machine = new LabMachine({
      ...{ name: `DC${index}`, domain: benchAccount.domain, dnsDomain: 'corp.example' },
      accounts: [{ ...benchAccount, rights: ['sessions', 'event-log'] }],
    });
    for (let each = 0; each < sessions; each++)
      machine.sessions.push({
        client: `\\\\${address(each)}`,
        user: `user${each}`,
        activeSeconds: each % 600,
        idleSeconds: each % 60,
        guest: false,
      });
    machines.push(machine);
    ports.push((await WindowsServer.start({ machine, clock: systemClock })).port);
  }
  return ports;
}

function write(perSecond: number): void {
  if (timer) clearInterval(timer);
  let owed = 0;
  const began = performance.now();
  timer = setInterval(() => {
    // By the clock, because a busy process is called late.
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    for (; owed < due; owed++) {
      const machine = machines[written % machines.length];
      const user = `user${written % 20_000}`;
      machine?.security.write({
        id: 4768,
        generated: Math.floor(Date.now() / 1000),
        strings: [
          ...[user, 'CORP', 'S-1-5-21-1-2-3-1104', 'krbtgt', 'S-1-5-21-1-2-3-502', '0x40810010', '0x0'],
          ...['0x12', '2', `::ffff:${address(written % 20_000)}`, '49731', '', '', ''],
        ],
      });
      written += 1;
    }
  }, tickMs);
}

process.on('message', async (order: ControllersOrder) => {
  if (order.do === 'start') process.send?.({ ports: await start(order.count, order.sessions) });
  else {
    write(order.perSecond);
    if (order.perSecond === 0 && timer) clearInterval(timer);
    process.send?.({ written });
  }
});
process.on('disconnect', () => process.exit(0));
