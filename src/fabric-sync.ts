import type { Problem } from './problem.ts';

/** Whose settings an EMS entry has, when they came from the root of the Fabric (docs/fabric.md, What is synchronised). */
export interface SyncedFrom {
  /** Serial number of the root. */
  readonly root: string;
  readonly revision: number;
}

/**
 * Every option of an `ems` entry: `shared` with the Fabric by its root, or `local` to each member. What is not here is
 * local, so that a new option, or a secret, never leaves a machine by being forgotten.
 */
export const emsOptionScope: Readonly<Record<string, 'shared' | 'local'>> = {
  status: 'shared',
  server: 'shared',
  'https-port': 'shared',
  'call-timeout': 'shared',
  'out-of-sync-threshold': 'shared',
  'trust-ca-cn': 'shared',
  'verifying-ca': 'shared',
  'serial-number': 'shared',
  'tenant-id': 'shared',
  'fortinetone-cloud-authentication': 'shared',
  'pull-sysinfo': 'shared',
  'pull-vulnerabilities': 'shared',
  'pull-avatars': 'shared',
  'pull-tags': 'shared',
  'pull-malware-hash': 'shared',
  'send-tags-to-all-vdoms': 'shared',
  'websocket-override': 'shared',
  'preserve-ssl-session': 'shared',
  'cloud-server-type': 'shared',
  'status-check-interval': 'shared',
  // What entries are found by, and counted with, here.
  name: 'local',
  'ems-id': 'local',
  // Where this machine stands in its own network.
  'source-ip': 'local',
  'interface-select-method': 'local',
  interface: 'local',
  // Secrets and who signs in with them.
  admin: 'local',
  'cloud-authentication-access-key': 'local',
  // What this machine found out by itself.
  capabilities: 'local',
  'dirty-reason': 'local',
};

/** Is this option of an `ems` entry synchronised? */
export function isShared(option: string): boolean {
  return emsOptionScope[option] === 'shared';
}

/** `synced from FGVM010000000001 rev 7`. */
export function syncedText({ root, revision }: SyncedFrom): string {
  return `synced from ${root} rev ${revision}`;
}

/**
 * Why an EMS entry, or one option of it, cannot be edited here; null when it can (docs/protocol/ems.md, Diagnosis). Local
 * options of a synchronised entry can, and everything of an entry of our own. Without `option` the entry as a whole is
 * asked about: to delete it, or to rename it.
 */
export function editRefusal(entry: { readonly synced?: SyncedFrom | null }, option?: string): Problem | null {
  const { synced } = entry;
  if (!synced || (option !== undefined && option !== 'name' && !isShared(option))) return null;
  return {
    stage: 'configuration',
    code: null,
    message: "Modification not allowed unless 'configuration-sync' is set to 'local'",
    cause: `The entry is ${syncedText(synced)}, and only its root changes it.`,
    fix: [
      `Change it on the root of the Fabric, ${synced.root}.`,
      'Or set "configuration-sync: local" under "fabric:" here, which ends the synchronisation of this member.',
    ],
  };
}
