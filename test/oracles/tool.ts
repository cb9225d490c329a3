import { spawnSync } from 'node:child_process';

/**
 * What a tool from outside writes to standard output. Throws one line: where the tool is absent, the line that installs
 * it, so that a missing oracle is a failure and never a silent pass.
 */
export function runTool(tool: string, args: readonly string[], install: string, input?: Buffer): Buffer {
  const { error, status, stdout, stderr } = spawnSync(tool, args, {
    input,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT')
    throw new Error(
      `${tool} is not installed: run "apt-get install ${install}" as root, then the tests again`,
    );
  if (error !== undefined) throw new Error(`${tool}: ${error.message}`);
  if (status !== 0)
    throw new Error(`${tool} left with status ${status}: ${stderr.toString().trim().split('\n')[0]}`);
  return stdout;
}
