import {
  agentOptions,
  type SendingOptions,
  sendInput,
  startSending,
  stopSending,
  withSendingOptions,
} from '../agent-run.ts';
import type { AddCommand } from '../cli.ts';
import { addEdirectoryAgent } from './agent-edirectory.ts';
import { addNtlmGate } from './agent-ntlm-gate.ts';
import { addTsAgent } from './agent-ts.ts';

const dcExamples = `
Each line of standard input is a logon; without "ip" the collector resolves the workstation:
  {"workstation":"PC1","domain":"CORP","user":"alice","ip":"10.0.0.21"}
Keepalives go out while it runs. It ends at the end of its input; 1 when a line was not sent.

Examples:
  echo '{"workstation":"PC1","domain":"CORP","user":"alice","ip":"10.0.0.21"}' |
    fabrictop agent dc --collector 10.0.0.10:8002
  fabrictop agent dc --collector tls://10.0.0.10:8003 --certificate dc01.pem --key dc01.key --ca ca.pem < logons
`;

async function runDc(options: SendingOptions): Promise<void> {
  const { systemClock } = await import('../../src/clock.ts');
  const { DcAgent } = await import('../../src/fsso/agents/dc.ts');
  const { readDcLine } = await import('../../src/fsso/agents/lines.ts');
  const { stopSignal } = await import('../stop-signal.ts');
  const dc = new DcAgent(await agentOptions(options, systemClock));
  // Before the first datagram: who sees one may take the agent for ready, and stop it.
  const stopped = stopSignal();
  await startSending(dc);
  try {
    await sendInput(async (line) => dc.logon(readDcLine(line)), systemClock, stopped);
  } finally {
    await stopSending(dc);
  }
}

/** `agent`: the agents that feed a collector, and the one that serves FortiGates itself. */
export const addAgent: AddCommand = (program) => {
  const agent = program
    .command('agent')
    .description('the agents: of domain controllers, terminal servers and eDirectory, and gates by NTLM');
  withSendingOptions(agent.command('dc').description('the agent of a domain controller'))
    .addHelpText('after', dcExamples)
    .action(runDc);
  addTsAgent(agent);
  addEdirectoryAgent(agent);
  addNtlmGate(agent);
};
