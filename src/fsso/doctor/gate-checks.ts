import { type Add, good, type Need, refused, unknown, warned } from './check.ts';
import { anyController, on } from './commands.ts';

/** A gate that asks browsers who they are. */
export interface GateSubject {
  readonly mode: 'transparent' | 'explicit-proxy';
  readonly listen: string;
  readonly port: number;
  /** Whether somebody listens there, nobody does and we could, or we could not either (the error of the system). */
  readonly state: () => Promise<'listening' | 'free' | { readonly code: string }>;
}

const needs: readonly Need[] = ['ntlm'];

/** What a gate needs here, and what browsers need that cannot be seen from here (docs/cli.md, NTLM). */
export async function gateChecks({ mode, listen, port, state }: GateSubject, add: Add): Promise<void> {
  const place = `port ${port}/tcp`;
  if (port === 0) add(good(place, 'the system chooses it', needs));
  else {
    const found = await state();
    if (found === 'listening')
      add(good(place, `somebody listens at ${listen}, the collector if it runs`, needs));
    else if (found === 'free') add(good(place, 'free here; the collector does not run', needs));
    else
      add(
        refused(
          place,
          {
            stage: 'listen',
            code: found.code,
            message: `nobody can listen at ${listen} port ${port} (${found.code})`,
            cause:
              'The address is none of this machine, the port is kept for root, or another program has it.',
            fix: ['check listen and port of the gate', 'give the collector the right: CAP_NET_BIND_SERVICE'],
          },
          needs,
        ),
      );
  }
  add(
    mode === 'transparent'
      ? unknown(
          'browsers',
          'whether they send a login by themselves is a setting of each',
          [],
          {
            stage: 'browser',
            code: null,
            message: 'browsers log in by themselves only at sites of the zone Local intranet',
            cause: 'Elsewhere they ask their user for name and password.',
            fix: ['put the address of the gate, as browsers see it, into that zone by group policy'],
          },
          on(anyController, [
            "Set-GPRegistryValue -Name 'Default Domain Policy' -Key 'HKCU\\Software\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\ZoneMapKey' -ValueName 'http://ADDRESS-OF-THE-GATE' -Type String -Value '1'",
          ]),
        )
      : unknown(
          'browsers',
          'whether they use the proxy is a setting of each',
          [],
          null,
          on('a workstation', [`netsh winhttp set proxy ADDRESS-OF-THE-GATE:${port}`]),
        ),
  );
  add(
    unknown(
      'NTLM of clients',
      'NTLM of the first version is refused; which one clients send is a policy',
      [],
      null,
      on('a workstation', [
        "Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Lsa' -Name LmCompatibilityLevel  # 3 or more; absent is 3",
      ]),
    ),
  );
  if (listen === '127.0.0.1' || listen === '::1')
    add(
      warned('address', `${listen} is reached from this machine only`, [], {
        stage: 'listen',
        code: null,
        message: `the gate listens at ${listen}`,
        cause: 'Browsers on other machines cannot reach it.',
        fix: ['set listen of the gate to an address that clients reach'],
      }),
    );
}
