import { open } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { EmsOnceResult } from '../../src/backends/ems-once.ts';
import { safeText } from '../../src/safe-text.ts';
import { CommandFailure } from '../cli.ts';

interface ExplainOptions {
  role?: 'root' | 'downstream';
  ha?: 'primary' | 'secondary';
  cloud?: boolean;
  json?: boolean;
}

/** Octets that are read at most; the explanation itself reads less of it. */
const longestInput = 16_777_216;

async function readAll(input: AsyncIterable<Buffer | string>): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of input) {
    pieces.push(Buffer.from(piece));
    length += piece.length;
    if (length >= longestInput) break;
  }
  return Buffer.concat(pieces).subarray(0, longestInput).toString('utf8');
}

async function readInput(file: string | undefined): Promise<string> {
  if (file === undefined || file === '-') {
    if (process.stdin.isTTY)
      process.stderr.write('fabrictop: paste what the FortiGate printed, then press Ctrl+D\n');
    return readAll(process.stdin);
  }
  try {
    const handle = await open(file);
    return await readAll(handle.createReadStream());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(
      `${safeText(file)} ${code === 'ENOENT' ? 'not found' : `cannot be read (${code})`}`,
    );
  }
}

async function explain(
  file: string | undefined,
  { role, ha, cloud, json }: ExplainOptions,
  finish: (result: EmsOnceResult) => Promise<never>,
): Promise<void> {
  const paste = await readInput(file);
  const { explainOnce } = await import('../../src/backends/ems-explain.ts');
  const about = {
    ...(role === undefined ? {} : { fabricRole: role }),
    ...(ha === undefined ? {} : { haRole: ha }),
    type: cloud ? ('ems-cloud' as const) : ('ems' as const),
  };
  await finish(explainOnce(paste, about, json === true));
}

const explainHelp = `
It takes what "execute fctems verify", "diagnose endpoint fctems test-connectivity", "diagnose debug
application fcnacd -1", "diagnose test application fcnacd 2" and event logs print. Nothing is asked of anybody.

Examples:
  fabrictop ems explain debug.txt
  ssh fgt 'execute fctems verify 1' | fabrictop ems explain --role downstream
`;

/** `ems explain`: what a FortiGate's own output means (docs/cli.md). */
export function addEmsExplain(ems: Command, finish: (result: EmsOnceResult) => Promise<never>): void {
  ems
    .command('explain')
    .description('say what pasted output of a FortiGate means and what mends it')
    .argument('[file]', 'the output; standard input where none is given')
    .addOption(
      new Option('--role <role>', 'advice for this role in the Fabric').choices(['root', 'downstream']),
    )
    .addOption(
      new Option('--ha <role>', 'the unit of a cluster it is from').choices(['primary', 'secondary']),
    )
    .option('--cloud', 'the connector is a FortiClient EMS Cloud one')
    .option('--json', 'print a JSON document')
    .addHelpText('after', explainHelp)
    .action((file: string | undefined, _: unknown, command: Command) =>
      explain(file, command.optsWithGlobals<ExplainOptions>(), finish),
    );
}
