import type { Clock } from '../../clock.ts';
import { NtlmServer } from '../../fsso/ntlm/server.ts';
import { SpnegoServer } from '../../fsso/ntlm/spnego-server.ts';
import type { LabMachine } from './machine.ts';

/** What checks one login at a machine, wherever it comes in. */
export function challengerOf(machine: LabMachine, clock: Clock): SpnegoServer {
  const names = {
    domain: machine.domain,
    computer: machine.name,
    dnsDomain: machine.dnsDomain,
    dnsComputer: `${machine.name}.${machine.dnsDomain}`,
  };
  return new SpnegoServer(new NtlmServer({ clock, names }), (user, domain) => machine.hashOf(user, domain));
}
