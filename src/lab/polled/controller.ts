import type { Clock } from '../../clock.ts';
import type { LabMachine } from '../windows/machine.ts';
import type { DeskLogon, LogonPlace } from '../working-day.ts';

/** How long a session at the file server lasts that nobody uses; Windows ends idle ones after 15 minutes. */
const sessionMs = 90_000;

const ticketForUser = 4768;
const networkLogon = 4624;

/** A domain controller that writes a ticket for each logon into its log: with the address, and without the workstation. */
export function ticketsAt(machine: LabMachine, clock: Clock): LogonPlace {
  return {
    logon: async ({ user, domain, ip }) =>
      write(machine, clock, ticketForUser, [
        ...[user, domain, 'S-1-5-21-1004-2203-3301-1104', 'krbtgt', 'S-1-5-21-1004-2203-3301-502'],
        ...['0x40810010', '0x0', '0x12', '2', `::ffff:${ip}`, '49731', '', '', ''],
      ]),
  };
}

/** A domain controller that writes network logons into its log, with the workstation. */
export function networkLogonsAt(machine: LabMachine, clock: Clock): LogonPlace {
  const itself = ['S-1-0-0', '-', '-', '0x0'];
  return {
    logon: async ({ user, domain, workstation, ip }) =>
      write(machine, clock, networkLogon, [
        ...itself,
        ...[
          'S-1-5-21-1004-2203-3301-1104',
          user,
          domain,
          '0x5f3a91',
          '3',
          'Kerberos',
          'Kerberos',
          workstation,
        ],
        ...['{00000000-0000-0000-0000-000000000000}', '-', '-', '0', '0x0', '-', ip, '49731'],
      ]),
  };
}

function write(machine: LabMachine, clock: Clock, id: number, strings: readonly string[]): void {
  machine.security.write({ id, strings, generated: Math.floor(clock.now() / 1000) });
}

/** A domain controller at whose file server whoever logs on has a session for a while. */
export function sessionsAt(machine: LabMachine, clock: Clock): LogonPlace {
  const begun: { key: string; at: number }[] = [];
  const end = (which: (place: (typeof begun)[number]) => boolean) => {
    for (let index = begun.length - 1; index >= 0; index -= 1) {
      const each = begun[index];
      if (each === undefined || !which(each)) continue;
      begun.splice(index, 1);
      machine.sessions.splice(index, 1);
    }
  };
  return {
    async logon({ user, ip }: DeskLogon) {
      const now = clock.now();
      const key = `${user}@${ip}`;
      end((each) => each.key === key || now - each.at >= sessionMs);
      begun.push({ key, at: now });
      const age = () => Math.floor((clock.now() - now) / 1000);
      machine.sessions.push({
        ...{ client: `\\\\${ip}`, user, guest: false },
        get activeSeconds() {
          return age();
        },
        get idleSeconds() {
          return age();
        },
      });
    },
  };
}
