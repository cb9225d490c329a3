// Loaded into the collector of the soak: sets its clock, and says what it holds.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env['SOAK_PROBE'];
const now = Date.now.bind(Date);
let offset = 0;
Date.now = () => now() + offset;
process.on('SIGUSR2', () => {
  offset = Number(readFileSync(file, 'utf8'));
  globalThis.gc?.();
  const resources = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const { rss, heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.out`, JSON.stringify({ offset, rss, heapUsed, external, resources }));
});
