import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { documentText, type FabricDocument } from '../../src/ems/fabric/document.ts';
import { FabricMember, type MemberOptions } from '../../src/ems/fabric/member.ts';
import type { FabricSettings } from '../../src/ems/fabric/settings.ts';
import { generateKeys, readSigningKey } from '../../src/ems/fabric/signature.ts';
import { type Pin, pinnedFacts } from '../../src/ems/pin.ts';
import { TrustStore } from '../../src/ems/trust.ts';
import { commonName, extension, makeCertificate, sequence } from './certificate-maker.ts';
import { ManualClock } from './manual-clock.ts';

export const rootSerial = 'FGVM010000000001';

/** A directory that goes with the test. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-fabric-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export const signingKey: KeyObject = readSigningKey(generateKeys().privatePem);
export const rootKey: KeyObject = createPublicKey(signingKey);
export const otherKey: KeyObject = readSigningKey(generateKeys().privatePem);

export const leaf = (name: string): Buffer => makeCertificate({ subject: commonName(name) });

export const authority = (name: string): Buffer =>
  makeCertificate({
    subject: commonName(name),
    extensions: [extension('2.5.29.19', sequence(Buffer.from('0101ff', 'hex')), true)],
  });

export function pinOf(connector: string, der: Buffer, mode: Pin['mode'] = 'fingerprint'): Pin {
  const place = { server: 'ems.example.com:443', serialNumber: 'FCTEMS0000000001', tenantId: null };
  return { connector, ...pinnedFacts([der]), ...place, acceptedAt: Date.UTC(2026, 0, 10), mode };
}

export const entry = (name: string, options: Record<string, string | number> = {}) => ({
  name,
  options: { server: `${name}.example.com`, 'https-port': 443, ...options },
});

export const nothing: FabricSettings = { ems: [], authorities: [], pins: [] };

/** The octets of a document of the root. */
export function signed(
  revision: number,
  settings: Partial<FabricSettings> = {},
  more: Partial<FabricDocument> & { key?: KeyObject | null } = {},
): Buffer {
  const { key = signingKey, ...changes } = more;
  const document = { root: rootSerial, revision, issuedAt: Date.UTC(2026, 0, 15), ...changes };
  return Buffer.from(documentText({ ...document, settings: { ...nothing, ...settings } }, key));
}

/** A member with a trust store of its own. */
export function memberIn(directory: string, options: Partial<MemberOptions> = {}) {
  const clock = new ManualClock();
  const trust = options.trust ?? TrustStore.open(join(directory, 'trust.json'), clock);
  const statePath = join(directory, 'trust-fabric.json');
  return {
    member: new FabricMember({ rootKey, root: null, statePath, clock, ...options, trust }),
    trust,
    statePath,
  };
}
