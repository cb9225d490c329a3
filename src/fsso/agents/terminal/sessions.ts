import { execFile } from 'node:child_process';
import { readAccount } from '../../collector/feeds/account.ts';
import type { TerminalUser } from './assignment.ts';
import { portDefaults } from './pool.ts';

/** A user of this machine who is logged on. */
export interface LocalUser {
  /** As the system writes it: `alice`, `CORP\alice`, `alice@corp.example`. */
  readonly name: string;
  readonly uid: number;
}

/** Who is logged on at this machine now. Rejects with ToolError. */
export type LookForUsers = () => Promise<LocalUser[]>;

/** A program of the system did not say what it was asked; the message is one line for a person. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** Runs a program without a shell and gives what it prints. Rejects with ToolError. */
export type RunTool = (program: string, parameters: readonly string[]) => Promise<string>;

const toolLimit = 10_000;
const longestOutput = 16 * 1024 * 1024;

export const runTool: RunTool = (program, parameters) =>
  new Promise((done, failed) => {
    execFile(
      program,
      [...parameters],
      {
        encoding: 'utf8',
        timeout: toolLimit,
        killSignal: 'SIGKILL',
        maxBuffer: longestOutput,
        env: { ...process.env, LC_ALL: 'C' },
      },
      (error, output, diagnostics) => {
        if (!error) return done(output);
        const said = diagnostics.trim().split('\n', 1)[0];
        if (typeof error.code === 'string') failed(new ToolError(`${program} cannot be run (${error.code})`));
        else failed(new ToolError(`${program} failed: ${said || `status ${error.code ?? error.signal}`}`));
      },
    );
  });

/**
 * The users of this machine as sessions of a terminal server: one for each user, whose number is that of the user, for
 * ports can be steered by user only. System accounts have none.
 * @param domain of users whose name says none
 */
export function terminalUsers(users: readonly LocalUser[], domain: string): TerminalUser[] {
  const sessions = new Map<number, TerminalUser>();
  for (const { name, uid } of users) {
    if (uid < portDefaults.firstUserId || sessions.has(uid)) continue;
    sessions.set(uid, { session: uid, uid, ...readAccount(name, domain) });
  }
  return [...sessions.values()];
}
