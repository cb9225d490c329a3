import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { launcher } from '../e2e/fabrictop.ts';

/** `fabrictop agent dc` as its own process; ended with the test. */
export class DcAgentProcess {
  readonly child: ChildProcess;

  constructor(agentPort: number) {
    this.child = spawn(launcher, ['agent', 'dc', '--collector', `127.0.0.1:${agentPort}`], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', LANG: 'C.UTF-8' },
    });
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  /** Somebody logs on, at an address that says which one this is. */
  logon(user: string, ip: string, workstation = 'PC-1'): void {
    this.child.stdin?.write(`${JSON.stringify({ workstation, domain: 'CORP', user, ip })}\n`);
  }
}
