import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { AssignedSession } from '../../src/fsso/agents/terminal/assignment.ts';
import { nftablesRules } from '../../src/fsso/agents/terminal/steering.ts';
import { runTool } from './tool.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-nftables-'));
afterAll(() => rmSync(directory, { recursive: true }));

const session = (
  number: number,
  uid: number | null,
  ports: AssignedSession['ports'],
  user = `u${number}`,
) => ({
  session: number,
  domain: 'CORP',
  user,
  uid,
  ports,
});

/** Runs a script in a network of its own, as a root of that network only. */
function inOwnNetwork(script: string): string {
  return runTool(
    'unshare',
    ['-rn', 'bash', '-euc', `PATH=$PATH:/usr/sbin:/sbin; ${script}`],
    'util-linux nftables iproute2',
  ).toString();
}

function rulesFile(name: string, sessions: AssignedSession[], ip = '10.99.0.1'): string {
  const path = join(directory, name);
  writeFileSync(path, nftablesRules(sessions, ip));
  return path;
}

test('nft takes the rules, again in place of earlier ones, whatever the names in them', () => {
  const one = rulesFile('one.nft', [
    session(3, 1003, [[20_000, 20_199]], 'a}\n;\\"#$'),
    session(
      4,
      1004,
      [
        [20_200, 20_399],
        [20_600, 20_799],
        [21_000, 21_199],
      ],
      'Жанна',
    ),
    session(5, null, [[21_200, 21_399]], 'back\\'),
    session(6, 1003, [[21_400, 21_599]]),
  ]);
  const none = rulesFile('none.nft', []);
  const listed = inOwnNetwork(`
    nft -c -f ${one}
    nft -f ${one}
    nft -f ${one}
    nft list table ip fabrictop_ts
    nft -f ${none}
    nft list table ip fabrictop_ts`);
  const rules = listed.split('\n').filter((line) => line.includes('snat'));
  expect(rules.map((line) => line.replace(/counter packets 0 bytes 0 /, '').trim())).toEqual([
    'meta skuid 1003 meta l4proto { tcp, udp } numgen inc mod 2 0 snat to 10.99.0.1:20000-20199',
    'meta skuid 1003 meta l4proto { tcp, udp } snat to 10.99.0.1:21400-21599',
    'meta skuid 1004 meta l4proto { tcp, udp } numgen inc mod 3 0 snat to 10.99.0.1:20200-20399',
    'meta skuid 1004 meta l4proto { tcp, udp } numgen inc mod 2 0 snat to 10.99.0.1:20600-20799',
    'meta skuid 1004 meta l4proto { tcp, udp } snat to 10.99.0.1:21000-21199',
  ]);
});

test('with the rules loaded the connections of a user leave from the ports of the session, in turns', () => {
  const rules = rulesFile('steer.nft', [
    session(3, 0, [
      [20_000, 20_199],
      [20_400, 20_599],
    ]),
  ]);
  const ready = join(directory, 'ready');
  const server = join(directory, 'server.mjs');
  const client = join(directory, 'client.mjs');
  const times = 12;
  writeFileSync(
    server,
    `import { createServer } from 'node:net';
    import { writeFileSync } from 'node:fs';
    let left = ${times};
    const server = createServer((socket) => {
      console.log(socket.remotePort);
      socket.end();
      if (--left === 0) server.close();
    }).listen(8080, () => writeFileSync(${JSON.stringify(ready)}, 'ready\\n'));`,
  );
  writeFileSync(
    client,
    `import { connect } from 'node:net';
    for (let index = 0; index < ${times}; index++)
      await new Promise((done, failed) => connect(8080, '10.99.0.2').on('error', failed).on('close', done).resume());`,
  );
  const ports = inOwnNetwork(`
    mkfifo ${ready}
    ip link set lo up
    unshare -n ${process.execPath} ${server} &
    peer=$!
    trap 'kill $peer 2>/dev/null || true' EXIT
    read -r _ < ${ready}
    ip link add v0 type veth peer name v1 netns $peer
    ip addr add 10.99.0.1/24 dev v0
    ip link set v0 up
    nsenter -t $peer -n ip addr add 10.99.0.2/24 dev v1
    nsenter -t $peer -n ip link set v1 up
    nft -f ${rules}
    ${process.execPath} ${client}
    wait $peer`)
    .trim()
    .split('\n')
    .map(Number);
  expect(ports).toHaveLength(times);
  const blockOf = (port: number) =>
    port >= 20_000 && port <= 20_199 ? 'first' : port >= 20_400 && port <= 20_599 ? 'second' : 'neither';
  const counts = Map.groupBy(ports, blockOf);
  expect(counts.get('first')).toHaveLength(times / 2);
  expect(counts.get('second')).toHaveLength(times / 2);
});
