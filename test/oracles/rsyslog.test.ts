import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ForwardItem } from '../../src/backends/forward/item.ts';
import { syslogChannel } from '../../src/backends/forward/syslog-channel.ts';
import { systemClock } from '../../src/clock.ts';

// A syslog server that nobody here wrote: rsyslogd parses our messages over UDP and TCP, and says what it understood.

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-rsyslog-'));
const output = join(directory, 'received.json');
const portFile = join(directory, 'tcp-port');
const patience = { timeout: 30_000, interval: 20 };
let daemon: ChildProcess;
let udpPort = 0;

/** rsyslogd takes no UDP port 0, so one that was free a moment ago has to do. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

beforeAll(async () => {
  udpPort = await freeUdpPort();
  const configuration = join(directory, 'rsyslog.conf');
  writeFileSync(
    configuration,
    `global(workDirectory="${directory}")
module(load="imudp")
module(load="imtcp")
template(name="parsed" type="list" option.jsonf="on") {
  property(outname="priority" name="pri" format="jsonf")
  property(outname="timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="hostname" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="process" name="procid" format="jsonf")
  property(outname="id" name="msgid" format="jsonf")
  property(outname="data" name="structured-data" format="jsonf")
  property(outname="text" name="msg" format="jsonf")
  property(outname="by" name="inputname" format="jsonf")
}
ruleset(name="keep") { action(type="omfile" file="${output}" template="parsed") }
input(type="imudp" address="127.0.0.1" port="${udpPort}" ruleset="keep")
input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="${portFile}" ruleset="keep")
`,
  );
  const parameters = ['-n', '-f', configuration, '-i', join(directory, 'pid')];
  daemon = spawn('/usr/sbin/rsyslogd', parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  daemon.on('error', (error) => {
    said = `${error.message}: run "apt-get install rsyslog" as root, then the tests again`;
  });
  daemon.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await vi.waitFor(
    () => expect(existsSync(portFile) && readFileSync(portFile, 'utf8'), said).toMatch(/^\d+/),
    patience,
  );
});

afterAll(async () => {
  if (daemon.exitCode === null && daemon.pid !== undefined) {
    const gone = new Promise((resolve) => daemon.on('close', resolve));
    daemon.kill('SIGTERM');
    await gone;
  }
  rmSync(directory, { recursive: true, force: true });
});

const item = (number: number, text: string): ForwardItem => ({
  number,
  event: {
    time: Date.UTC(2026, 0, 15, 9, 0, 1, 250),
    level: 'warning',
    logId: 43014,
    source: 'corp',
    text,
    fields: { vd: 'root', srcip: '10.0.0.9', user: 'ÄNNA "x" \\' },
  },
});

function received(): Record<string, string>[] {
  if (!existsSync(output)) return [];
  return readFileSync(output, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

test.each(['udp', 'tcp'] as const)(
  'rsyslogd understands every part of what we send over %s',
  async (transport) => {
    const port = transport === 'udp' ? udpPort : Number(readFileSync(portFile, 'utf8'));
    const channel = syslogChannel(
      {
        host: '127.0.0.1',
        port,
        transport,
        sourceIp: undefined,
        ca: null,
        facility: 'local6',
        hostname: 'gate.example',
        version: '0.1.0',
        processId: 42,
      },
      systemClock,
    );
    const texts = ['first', 'brackets ] and "quotes" and 12 <13>1 in it', '漢字'];
    expect(await channel.deliver(texts.map((text, index) => item(index + 1, text)))).toEqual({ ok: true });
    const own = () => received().filter(({ by }) => by === `im${transport}`);
    await vi.waitFor(() => expect(own()).toHaveLength(texts.length), patience);
    await channel.close();
    for (const index of texts.keys())
      expect(own()[index]).toEqual({
        priority: String(22 * 8 + 4),
        timestamp: '2026-01-15T09:00:01.250Z',
        hostname: 'gate.example',
        app: 'fabrictop',
        process: '42',
        id: '43014',
        data: `[origin software="fabrictop" swVersion="0.1.0"][meta sequenceId="${index + 1}"]`,
        text: expect.stringMatching(
          /^ ?date=2026-01-15 time=09:00:01 logid="0102043014" .*user="ÄNNA \\"x\\" \\\\" msg="/,
        ),
        by: `im${transport}`,
      });
    expect(own().map(({ text }) => /msg="(.*)"$/.exec(text ?? '')?.[1])).toEqual(
      texts.map((text) => text.replaceAll('"', '\\"')),
    );
  },
);
