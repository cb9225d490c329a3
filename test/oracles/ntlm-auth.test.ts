import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { NtlmClient } from '../../src/fsso/ntlm/client.ts';
import { ntHash } from '../../src/fsso/ntlm/proof.ts';
import { NtlmServer } from '../../src/fsso/ntlm/server.ts';

// Samba's ntlm_auth on one side, ours on the other: neither was written to please the other.

const password = 'Zw\u00f6lf-Boxk\u00e4mpfer 1';
const started: ChildProcessWithoutNullStreams[] = [];

afterEach(() => {
  for (const helper of started.splice(0)) helper.kill();
});

/** A helper that answers line by line. */
function helper(...parameters: string[]): (line: string) => Promise<string> {
  const child = spawn(
    'ntlm_auth',
    ['--configfile=/dev/null', '--option=ntlm auth = ntlmv2-only', ...parameters],
    {
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    },
  );
  started.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async (line) => {
    child.stdin.write(`${line}\n`);
    const { value } = await lines.next();
    return String(value);
  };
}

const blob = (line: string): Buffer => Buffer.from(line.slice(3).split(' ')[0] ?? '', 'base64');

describe('ntlm_auth as the server', () => {
  const serve = (secret: string) =>
    helper('--helper-protocol=squid-2.5-ntlmssp', '--username=anna', '--domain=CORP', `--password=${secret}`);
  const answered = async (secret: string): Promise<string> => {
    const client = new NtlmClient(
      { user: 'anna', domain: 'CORP', password, workstation: 'WS09' },
      { clock: systemClock },
    );
    const ask = serve(secret);
    const challenge = await ask(`YR ${client.negotiate().toString('base64')}`);
    expect(challenge).toMatch(/^TT /);
    return ask(`KK ${client.authenticate(blob(challenge)).message.toString('base64')}`);
  };

  test('takes our answer, MIC and all', async () => {
    expect(await answered(password)).toBe('AF CORP\\anna');
  });

  test('refuses the answer made with another password', async () => {
    expect(await answered('another')).toMatch(/^NA /);
  });
});

describe('ntlm_auth as the client', () => {
  const ask = async (server: NtlmServer, hash: Buffer) => {
    const client = helper(
      ...['--helper-protocol=ntlmssp-client-1', '--username=anna', '--domain=CORP'],
      `--password=${password}`,
    );
    const negotiate = blob(await client('YR'));
    const authenticate = await client(`TT ${server.challenge(negotiate).toString('base64')}`);
    expect(authenticate).toMatch(/^(AF|KK) /);
    return server.accept(blob(authenticate), hash);
  };
  const server = () => new NtlmServer({ clock: systemClock, names: { domain: 'CORP', computer: 'DC1' } });

  test('is known by its answer', async () => {
    const accepted = await ask(server(), ntHash(password));
    expect(accepted).toMatchObject({ user: 'anna', domain: 'CORP' });
  });

  test('is refused with another password', async () => {
    await expect(ask(server(), ntHash('another'))).rejects.toMatchObject({ reason: 'wrong-proof' });
  });
});
