import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { systemClock } from '../../src/clock.ts';
import { LabMachine } from '../../src/lab/windows/machine.ts';
import { WsmanLabServer } from '../../src/lab/windows/wsman-server/server.ts';
import { wmiBench } from './wmi-figures.ts';

// The domain controller of the WMI figure, in a thread of its own: it tells its ports, and writes as many events as it is told.

const machine = new LabMachine({
  ...{ name: 'DC01', domain: 'CORP', dnsDomain: 'corp.example' },
  accounts: [{ user: wmiBench.user, password: wmiBench.password, rights: ['event-log'] }],
});
const server = new WsmanLabServer({ clock: systemClock, machine });
await server.start();

// What nothing but HTTP costs: the same octets in as many replies.
const reply = Buffer.alloc(wmiBench.replyBytes, 'x');
const bare = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end(reply));
});
await new Promise<void>((done) => bare.listen(0, '127.0.0.1', done));

parentPort?.on('message', (count: number) => {
  for (let left = count; left > 0; left--) {
    const number = machine.security.newest + 1;
    const strings = [
      ...[
        `user${number}`,
        'CORP.EXAMPLE',
        'S-1-5-21-1-2-3-1104',
        'krbtgt',
        'S-1-5-21-1-2-3-502',
        '0x40810010',
      ],
      ...['0x0', '0x12', '2', `::ffff:10.0.${(number >> 8) & 255}.${number & 255}`, '50123', '', '', ''],
    ];
    machine.security.write({ id: 4768, strings, generated: Math.floor(Date.now() / 1000) });
  }
  parentPort?.postMessage('written');
});
parentPort?.postMessage([server.port, (bare.address() as AddressInfo).port]);
