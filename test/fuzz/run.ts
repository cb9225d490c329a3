// Fuzzes one target for some seconds, guided by coverage: `tsx test/fuzz/run.ts TARGET SECONDS [SEED]`. Inputs that reach
// what none reached before are kept in test/fuzz/corpus/TARGET, and corpus.test.ts reads them again in each run of the tests.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Coverage } from './coverage.ts';
import { mutate, random } from './mutate.ts';
import { targets } from './targets.ts';

const [name = '', seconds = '60', seed = String(Date.now() % 1e9)] = process.argv.slice(2);
const target = targets[name];
if (!target) throw new Error(`no target ${name}; there are ${Object.keys(targets).join(', ')}`);

const directory = new URL(`corpus/${name}/`, import.meta.url);
mkdirSync(directory, { recursive: true });
const kept = readdirSync(directory).map((file) => readFileSync(new URL(file, directory)));
const corpus: Buffer[] = [...target.seeds, ...kept];
const pick = random(Number(seed));
const longest = 2000;
const batchSize = 200;

function save(prefix: string, bytes: Buffer): void {
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  writeFileSync(new URL(`${prefix}${digest}`, directory), bytes);
}

let executions = 0;
function run(bytes: Buffer): void {
  executions += 1;
  try {
    target?.read(bytes);
  } catch (error) {
    save('finding-', bytes);
    process.stderr.write(`finding in ${name} after ${executions}: ${bytes.toString('hex')}\n`);
    throw error;
  }
}

const coverage = new Coverage(target.sources);
for (const bytes of corpus) run(bytes);
coverage.take();
const atFirst = coverage.reached;
const end = performance.now() + Number(seconds) * 1000;
while (performance.now() < end) {
  const batch = Array.from({ length: batchSize }, () => mutate(corpus, pick).subarray(0, longest));
  for (const bytes of batch) run(bytes);
  if (coverage.take(false) === 0) continue;
  for (const bytes of batch) {
    run(bytes);
    if (coverage.take() === 0) continue;
    corpus.push(bytes);
    save('', bytes);
  }
}
process.stdout.write(
  `${name}: ${executions} executions, seed ${seed}, ${coverage.reached} characters of the sources reached (${atFirst} by the corpus before), corpus ${corpus.length}\n`,
);
