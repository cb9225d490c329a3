import { cpus } from 'node:os';

// One figure after the other, because they share the machine. `npm run bench -- throughput` measures only that one.
const figures: Record<string, () => Promise<string[]>> = {
  throughput: async () => (await import('./throughput.ts')).throughput(),
  collector: async () => (await import('./collector-load.ts')).collectorLoad(),
  'ldap-hour': async () => (await import('./directory-hour.ts')).directoryHour(),
  flush: async () => (await import('./flush.ts')).flush(),
  query: async () => (await import('./query.ts')).query(),
  intake: async () => (await import('./large-table.ts')).intake(),
  attach: async () => (await import('./attach.ts')).attach(),
  'large-table': async () => (await import('./large-table.ts')).largeTable(),
  'first-frame': async () => (await import('./first-frame.ts')).firstFrame(),
  'ems-faults': async () => (await import('./ems-faults.ts')).emsFaults(),
  'hostile-collector': async () => (await import('./hostile-collector.ts')).hostileCollector(),
  wmi: async () => (await import('./wmi.ts')).wmi(),
  ntlm: async () => (await import('./ntlm.ts')).ntlm(),
  smb: async () => (await import('./smb.ts')).smb(),
  sessions: async () => (await import('./polling.ts')).sessions(),
  'event-poll': async () => (await import('./polling.ts')).eventPoll(),
  controllers: async () => (await import('./polling.ts')).controllers(),
  history: async () => (await import('./history.ts')).history(),
  'terminal-bytes': async () => (await import('./terminal-bytes.ts')).terminalBytes(),
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !Object.hasOwn(figures, name));
if (unknown !== undefined) {
  process.stderr.write(`bench: no figure "${unknown}", only ${Object.keys(figures).join(', ')}\n`);
  process.exit(2);
}
process.stdout.write(`Node ${process.version}, ${cpus().length} cores\n`);
for (const [name, measure] of Object.entries(figures)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`\n${name}\n`);
  for (const line of await measure()) process.stdout.write(`  ${line}\n`);
}
