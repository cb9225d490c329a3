import { systemClock } from '../../src/clock.ts';
import { LabMachine } from '../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../src/lab/windows/windows-server.ts';
import { WsmanLabServer } from '../../src/lab/windows/wsman-server/server.ts';
import type { Issued } from '../support/openssl-ca.ts';
import type { SambaAd } from '../support/samba-ad/samba-ad.ts';
import { ticketStrings } from '../support/scripted-controller.ts';

// Who and what is in the run without agents: passwords, people, machines of the lab beside Samba, and the configurations.

export const agentlessSecrets = {
  collector: 'c0ll"ß\\&%25 <7',
  poller: 'Svc-Passw0rd1',
  mistyped: 'mistyped "&%\\<9',
  wmi: 'Wmi-Passw0rd "&%\\<1',
  wmiBasic: 'Basic-Passw0rd "&%\\<2',
  machine: 'Machine-Passw0rd-1',
  staleMachine: 'Machine-Passw0rd "&%-0',
  user: 'User-Passw0rd1',
  guessed: 'Guess-Passw0rd "&%1',
  directory: 'Service-Passw0rd2',
};

/** Who logged on, by address, and how that came to the collector. */
export const people = {
  '127.97.0.51': ['user01', 'a session, which was polled'],
  '127.97.0.61': ['user04', 'kinit, in the event log'],
  '127.97.0.62': ['jürgen', 'kinit, in the event log'],
  '127.97.0.53': ['user06', 'smbclient, in the event log'],
  '127.97.0.2': ['user02', 'curl --ntlm at a gate of the collector'],
  '127.97.0.3': ['user03', 'curl --proxy-ntlm at a gate of the collector'],
  '127.97.0.4': ['user05', 'curl --ntlm at a gate elsewhere'],
  '10.97.0.1': ['wmi-reader', 'WMI over HTTP'],
  '10.97.0.2': ['wmi-basic', 'WMI over HTTPS'],
  '10.97.0.3': ['even6-reader', 'MS-EVEN6'],
} as const;

/** Who was refused, in every way: with a wrong password, disabled, expired, locked, at no hour, unknown. */
export const refused = ['user07', 'disabled1', 'expired1', 'locked1', 'hours1', 'nobody1'] as const;

function machineOf(name: string, user: string, password: string): LabMachine {
  return new LabMachine({
    ...{ name, domain: 'CORP', dnsDomain: 'corp.example' },
    accounts: [{ user, password, rights: ['sessions', 'event-log'] }],
  });
}

const ticketAt = (machine: LabMachine, user: string, ip: string) =>
  machine.security.write({
    ...{ id: 4768, strings: ticketStrings(user, ip), generated: Math.floor(Date.now() / 1000) },
  });

/** Three domain controllers of the lab: WMI over HTTP, WMI over HTTPS with Basic, and MS-EVEN6 over SMB. */
export async function startLabControllers(samba: SambaAd, identity: Issued) {
  const wmi = machineOf('DC2', 'svc-wmi', agentlessSecrets.wmi);
  const basic = machineOf('DC3', 'svc-basic', agentlessSecrets.wmiBasic);
  const even6 = machineOf('DC4', samba.windows.poller.user, agentlessSecrets.poller);
  const http = new WsmanLabServer({ clock: systemClock, machine: wmi });
  const https = new WsmanLabServer({
    ...{ clock: systemClock, machine: basic, offersBasic: true },
    tls: { certificate: identity.certificate, key: identity.key, der: identity.der },
  });
  const smb = await WindowsServer.start({ machine: even6, clock: systemClock });
  await Promise.all([http.start(), https.start()]);
  return {
    ports: { smb: smb.port, http: http.port, https: https.port },
    /** Those who log on at them do. */
    logOn: () => {
      ticketAt(wmi, 'wmi-reader', '10.97.0.1');
      ticketAt(basic, 'wmi-basic', '10.97.0.2');
      ticketAt(even6, 'even6-reader', '10.97.0.3');
    },
    stop: () => Promise.all([http.stop(), https.stop(), smb.stop()]),
  };
}

/** What the environment of our programs has, by the names that the configurations use. */
export const passwordsFor = (samba: SambaAd): Record<string, string> => ({
  COLLECTOR: agentlessSecrets.collector,
  POLLER: samba.windows.poller.password,
  WMI: agentlessSecrets.wmi,
  BASIC: agentlessSecrets.wmiBasic,
  MISTYPED: agentlessSecrets.mistyped,
  MACHINE: samba.windows.machine.password,
  STALE: agentlessSecrets.staleMachine,
  DIRECTORY: samba.login.password,
});

export interface Scene {
  readonly samba: SambaAd;
  /** Where the collectors listen. */
  readonly host: string;
  /** Of the collectors and of the machines of the lab. */
  readonly identity: Issued;
  readonly authority: Issued;
  readonly ports: Readonly<Record<'smb' | 'http' | 'https', number>>;
}

const directory = ({ samba }: Scene) =>
  `{ name: corp, server: ${samba.host}, secure: ldaps, ca-cert: ${samba.caFile}, dn: "${samba.base}", cnid: sAMAccountName, username: ${samba.login.name}, password: { env: DIRECTORY } }`;

const collector = (scene: Scene, polling: string, more: string) => `ldap: [ ${directory(scene)} ]
collector:
  listen: ${scene.host}
  port: 0
  agent-port: 0
  agents: [ 127.0.0.0/8 ]
  password: { env: COLLECTOR }
  polling:
    domain: CORP
    period: 1
${polling}
${more}`;

/** A collector that polls in every way but Basic, and verifies by NTLM. */
export function mainFile(scene: Scene): string {
  const { samba, host, identity, authority, ports } = scene;
  const domain = (name: string, variable: string) =>
    `{ name: ${name}, dns-name: ${name.toLowerCase()}.example, controllers: [ "${samba.host}" ], machine: COLLECTOR$, password: { env: ${variable} } }`;
  return collector(
    scene,
    `    user: 'CORP\\svc-fsso'
    password: { env: POLLER }
    event-ids: 2
    controllers:
      - { server: ${samba.host} }
      - { server: ${samba.host}, mode: netapi }
      - { server: 127.0.0.1, port: ${ports.smb} }
      - { server: localhost, port: ${ports.http}, mode: wmi, user: 'CORP\\svc-wmi', password: { env: WMI } }
      - { server: ${samba.host}, log: System, user: 'CORP\\svc-weak', password: { env: MISTYPED } }
`,
    `  certificate: ${identity.certificateFile}
  key: ${identity.keyFile}
  cache-directory: written/cache
  control-socket: written/c.sock
  logon-event-log: written/logons.log
  ntlm:
    domains: [ ${domain('CORP', 'MACHINE')}, ${domain('STALE', 'STALE')} ]
    gates:
      - { listen: ${host}, port: 0 }
      - { listen: ${host}, port: 0, mode: explicit-proxy }
    gate-link: { listen: ${host}, port: 0, ca: ${authority.certificateFile}, allowed: [ 127.0.0.0/8 ] }
metrics: { listen: "127.0.0.1:0" }
`,
  );
}

/** One that sends its password, which is configured for all machines of a collector at once. */
export const basicFile = (scene: Scene): string =>
  collector(
    scene,
    `    user: 'CORP\\svc-basic'
    password: { env: BASIC }
    mode: wmi
    wmi: { secure: https, ca: ${scene.authority.certificateFile}, authentication: basic }
    controllers: [ { server: 127.0.0.1, port: ${scene.ports.https} } ]
`,
    '  cache-directory: written/basic\n',
  );

/** A FortiGate that is linked to both collectors at these ports, and polls Samba itself. */
export const gatesFile = (scene: Scene, main: number, basic: number): string =>
  `identity: { serial: FGVM010000000137 }
history: { path: written/history.db }
ldap: [ ${directory(scene)} ]
fsso:
  - { name: hq, servers: [ { server: ${scene.host}, port: ${main}, password: { env: COLLECTOR } } ] }
  - { name: basic, servers: [ { server: ${scene.host}, port: ${basic}, password: { env: COLLECTOR } } ] }
fsso-polling:
  - { id: 7, server: ${scene.samba.host}, default-domain: CORP, user: svc-fsso, password: { env: POLLER }, ldap-server: corp, logon-history: 1, polling-frequency: 1 }
`;
