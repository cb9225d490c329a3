import type { ChildProcess } from 'node:child_process';
import { endProgram } from '../samba-namespace.ts';
import { spawnWatched } from '../watched-process.ts';
import { loopbackAddress, type SambaAd, startSambaAd } from './samba-ad.ts';

/** Two domains, each with a domain controller of its own, which know each other by DNS; no trust is between them yet. */
export interface TwoDomains {
  readonly corp: SambaAd;
  readonly lab: SambaAd;
  /** Makes each trust the other, as an admin does it; the machines know it then. */
  trust(): void;
  stop(): Promise<void>;
}

/** Takes twice as long as one; needs `canRunSambaWindows`. */
export async function startTwoDomains(): Promise<TwoDomains> {
  const [resolver, corpHost, labHost] = [loopbackAddress(), loopbackAddress(), loopbackAddress()];
  const names = startNames(resolver, { 'corp.example': corpHost, 'lab.example': labHost });
  const starting = [
    startSambaAd({ smb: true, realm: 'CORP.EXAMPLE', host: corpHost, resolver }),
    startSambaAd({ smb: true, realm: 'LAB.EXAMPLE', host: labHost, resolver }),
  ] as const;
  const stop = async (): Promise<void> => {
    // Also the one that came up where the other did not.
    for (const each of await Promise.allSettled(starting))
      if (each.status === 'fulfilled') await each.value.stop();
    await endProgram(names);
  };
  const [corp, lab] = await Promise.all(starting).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    corp,
    lab,
    trust: () => {
      corp.windows.tool(
        ...['domain', 'trust', 'create', lab.names.realm, '--type=forest', '--direction=both'],
        ...['--create-location=both', '-U', `Administrator@${lab.names.realm}%Adm1n-Passw0rd!`],
      );
    },
    stop,
  };
}

/** Asks the domain controller of each domain about its names; ends with this process. */
function startNames(address: string, domains: Readonly<Record<string, string>>): ChildProcess {
  const servers = Object.entries(domains).map(([domain, host]) => `--server=/${domain}/${host}`);
  return spawnWatched('dnsmasq', [
    ...['--no-daemon', '--conf-file=/dev/null', '--pid-file=', '--no-resolv', '--no-hosts'],
    ...[`--listen-address=${address}`, '--bind-interfaces', ...servers],
  ]);
}
