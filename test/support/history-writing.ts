// A program of its own that writes batches of 100 logons until it is killed, and prints how many are committed after each.
import { writeSync } from 'node:fs';
import type { HistoryPut } from '../../src/backends/history/changes.ts';
import { openForWriting } from '../../src/backends/history/file.ts';
import { HistoryWriter } from '../../src/backends/history/writer.ts';

const writer = new HistoryWriter(openForWriting(process.argv[2] ?? '').database, 1_000);
for (let written = 0; ; written += 100) {
  if (written > 0) writeSync(1, `${written}\n`);
  const batch = Array.from(
    { length: 100 },
    (_, place): HistoryPut => ({
      kind: 'put',
      time: 1_000 + written,
      connector: 'corp',
      ip: `10.1.${written % 250}.${place}`,
      session: 0,
      user: `USER${written + place}`,
      domain: 'CORP',
      workstation: `PC-${place}`,
      groups: 'CORP/SALES',
      ports: '',
      server: '10.0.0.11:8000',
      logonTime: written,
      live: true,
    }),
  );
  writer.write(batch, 1_000 + written);
}
