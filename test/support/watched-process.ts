import { type ChildProcess, spawn } from 'node:child_process';

const watched = `
exec 3<&0
"$@" </dev/null 3<&- & program=$!
(cat <&3 >/dev/null; kill $program; sleep 5; kill -9 $program) 2>/dev/null & watch=$!
wait $program; status=$?
kill $watch
exit $status
`;

/**
 * Starts a server that ends when the standard input of the child does: with `stdin.end()`, and by itself when this process is
 * gone, however that came.
 */
export function spawnWatched(
  program: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  return spawn('/bin/sh', ['-c', watched, 'watched', program, ...argv], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env,
  });
}
