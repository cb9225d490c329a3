import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fabrictop, root } from './fabrictop.ts';

const directory = mkdtempSync(join(tmpdir(), 'fabrictop-completion-'));
afterAll(() => rmSync(directory, { recursive: true }));

const shells = ['bash', 'zsh', 'fish'];
const env = { PATH: `${root}bin:${process.env['PATH']}`, HOME: directory, LANG: 'C.UTF-8', TERM: 'xterm' };

beforeAll(async () => {
  for (const shell of shells) {
    const { stdout } = await fabrictop(['completion', shell]);
    writeFileSync(join(directory, shell), stdout);
  }
  writeFileSync(
    join(directory, 'config.yaml'),
    'ems: [{ name: ems137, server: a }, { name: "$(touch x)", server: b }]\n' +
      'fsso: [{ name: corp, servers: [{ server: c }] }, { name: corp-2, servers: [{ server: c }] }, { name: "$(touch x)", servers: [{ server: c }] }]\n',
  );
});

/** How each shell is asked for what it would offer at the end of a line, one a line. */
const ask: Record<string, (words: string[]) => string> = {
  bash: (words) => `. ${directory}/bash
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    _fabrictop fabrictop; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // Outside of its line editor zsh cannot complete, so the builtins that offer are replaced by ones that print.
  zsh: (words) => `compdef() { :; }; . ${directory}/zsh
    compadd() { shift; print -l -- "$@"; }
    _files() { print -l -- *; }
    _message() { :; }
    _describe() { [[ $1 == -o ]] && shift; print -l -- "\${(@)\${(P)2:-\${(@P)1}}%%:*}"; }
    words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}
    _fabrictop`,
  fish: (words) =>
    `source ${directory}/fish; complete -C '${words.join(' ')}' | string replace -r '\\t.*' ''`,
};

function offered(shell: string, line: string): string[] {
  const words = line.split(' ');
  const { stdout, stderr, status } = spawnSync(shell, ['-c', ask[shell]?.(words) ?? ''], {
    env,
    cwd: directory,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([status, '']);
  // zsh is asked without a prefix to choose by, so the choice is made here for all.
  const prefix = words.at(-1) ?? '';
  return stdout.split('\n').filter((word) => word !== '' && word.startsWith(prefix));
}

test('bash is here, so that something is tested', () => expect(shells).toContain('bash'));

for (const shell of shells) {
  test(`${shell} completes commands`, () => {
    expect(offered(shell, 'fabrictop ')).toEqual(expect.arrayContaining(['config', 'completion', 'help']));
    expect(offered(shell, 'fabrictop ')).not.toContain('__names');
    expect(offered(shell, 'fabrictop conf')).toEqual(['config']);
    expect(offered(shell, 'fabrictop config ')).toEqual(['check', 'import']);
    expect(offered(shell, 'fabrictop --config config config ')).toEqual(['check', 'import']);
  });

  test(`${shell} completes options and their values`, () => {
    expect(offered(shell, 'fabrictop config check --conf')).toEqual(['--config']);
    expect(offered(shell, 'fabrictop --config conf')).toContain('config.yaml');
    expect(offered(shell, 'fabrictop completion ').toSorted()).toEqual(['bash', 'fish', 'zsh']);
  });

  test(`${shell} completes files`, () => {
    expect(offered(shell, 'fabrictop config check conf')).toContain('config.yaml');
  });

  test(`${shell} completes the names of configured connectors, but none that a shell would expand`, () => {
    const config = `fabrictop --config ${directory}/config.yaml`;
    expect(offered(shell, `${config} fsso list --connector `)).toEqual(['corp', 'corp-2']);
    expect(offered(shell, `${config} fsso list --connector corp-`)).toEqual(['corp-2']);
    expect(existsSync(join(directory, 'x'))).toBe(false);
  });
}
