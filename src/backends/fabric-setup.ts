import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { ConfigError } from '../config/error.ts';
import type { FabricConfig } from '../config/fabric.ts';
import { type LoadedConfig, parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import { caName } from '../ems/ca-directory.ts';
import { filePublisher, fileSubscriber } from '../ems/fabric/file-transport.ts';
import { httpsPublisher } from '../ems/fabric/https-publisher.ts';
import { httpsSubscriber } from '../ems/fabric/https-subscriber.ts';
import { FabricMember } from '../ems/fabric/member.ts';
import { FabricRoot } from '../ems/fabric/root.ts';
import { type FabricSettings, sharedOptions } from '../ems/fabric/settings.ts';
import { FabricKeyError, publicKeyText, readSigningKey } from '../ems/fabric/signature.ts';
import type { DocumentPublisher, DocumentSubscriber } from '../ems/fabric/transport.ts';
import type { TrustStore } from '../ems/trust.ts';
import { openTrust, readCertificates, readIdentity } from './ems-setup.ts';
import { fabricStatePath, memberOrigin } from './fabric-config.ts';
import { namedSecret } from './named-secret.ts';

/** This instance as the root of its Fabric. */
export interface RootSetup {
  readonly role: 'root';
  readonly serial: string;
  readonly root: FabricRoot;
  readonly publishers: readonly DocumentPublisher[];
  /** What members need as `root-key`; null when nothing is signed. */
  readonly rootKey: string | null;
}

/** This instance as a member. */
export interface MemberSetup {
  readonly role: 'downstream';
  readonly fabric: FabricConfig;
  readonly member: FabricMember;
  readonly subscriber: DocumentSubscriber;
  readonly loaded: LoadedConfig;
}

export type FabricSetup = RootSetup | MemberSetup;

export interface FabricExtras {
  /** A member pulled the document from us. */
  readonly onPull?: (serial: string) => void;
  /** The trust store of connectors that run already. */
  readonly trust?: TrustStore;
}

/**
 * Makes root or member ready; null without the key `fabric`. Nothing is opened or asked for yet.
 * @throws ConfigError for a key, file or certificate that cannot be had
 */
export async function prepareFabric(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  { onPull = () => {}, trust: given }: FabricExtras = {},
): Promise<FabricSetup | null> {
  const { fabric } = loaded.config;
  if (!fabric) return null;
  const trust = given ?? (await openTrust(loaded, env, clock));
  if (fabric.role === 'root') return prepareRoot(loaded, fabric, { env, trust, clock, onPull });
  const member = new FabricMember({ ...memberOrigin(loaded, fabric, env), trust, clock });
  const subscriber = await memberTransport(loaded, fabric, env, trust, clock);
  return { role: 'downstream', fabric, member, subscriber, loaded };
}

interface RootParts {
  readonly env: NodeJS.ProcessEnv;
  readonly trust: TrustStore;
  readonly clock: Clock;
  readonly onPull: (serial: string) => void;
}

async function prepareRoot(loaded: LoadedConfig, fabric: FabricConfig, parts: RootParts): Promise<RootSetup> {
  const { env, trust, clock } = parts;
  const serial = loaded.config.identity?.serial;
  if (serial === undefined)
    throw new ConfigError([
      'identity.serial: missing, expected the serial number that members know the root by',
    ]);
  const signingKey = await readKey(loaded, fabric, env);
  const authorities = await fabricAuthorities(loaded, fabric, trust);
  const publishers = await rootTransports(loaded, fabric, parts);
  const configured = configuredNow(loaded);
  const settings = (): FabricSettings => {
    trust.refresh();
    const { ems } = configured();
    return {
      ems: ems.map((entry) => ({ name: entry.name, options: sharedOptions(entry) })),
      authorities,
      pins: ems.flatMap(({ name }) => trust.pin(name) ?? []),
    };
  };
  const statePath = fabricStatePath(loaded, env);
  return {
    role: 'root',
    serial,
    root: new FabricRoot({ serial, signingKey, statePath, publishers, settings, clock }),
    publishers,
    rootKey: signingKey === null ? null : publicKeyText(signingKey),
  };
}

/** The configuration as its file is now; as it was, while the file is wrong or gone. */
function configuredNow(loaded: LoadedConfig): () => Config {
  let config = loaded.config;
  const signature = (): string => {
    const found = statSync(loaded.path, { bigint: true, throwIfNoEntry: false });
    return found ? `${found.ino}:${found.size}:${found.mtimeNs}` : 'none';
  };
  let seen = '';
  return () => {
    try {
      const now = signature();
      if (now !== seen) config = parseConfig(readFileSync(loaded.path, 'utf8'), loaded.path);
      seen = now;
    } catch {
      // What is wrong with it is said by who watches it; members keep what they have.
    }
    return config;
  };
}

async function readKey(loaded: LoadedConfig, fabric: FabricConfig, env: NodeJS.ProcessEnv) {
  const secret = fabric['signing-key'];
  if (secret === undefined) return null;
  const pem = await namedSecret('fabric.signing-key', resolveSecret(secret, loaded.directory, env));
  try {
    return readSigningKey(pem);
  } catch (error) {
    if (!(error instanceof FabricKeyError)) throw error;
    throw new ConfigError([`fabric.signing-key: ${error.message}`]);
  }
}

async function fabricAuthorities(
  loaded: LoadedConfig,
  fabric: FabricConfig,
  trust: TrustStore,
): Promise<Buffer[]> {
  const installed = new Set(trust.cas().map(caName));
  const read = await Promise.all(
    fabric['fabric-ca'].map(async (file, index) => {
      const key = `fabric.fabric-ca[${index}]`;
      const certificates = await readCertificates(resolve(loaded.directory, file), key);
      if (certificates.some((der) => !installed.has(caName(der))))
        throw new ConfigError([
          `${key}: holds a CA that is not installed here: name it in trust.ca, or import it with "fabrictop ems import-ca"`,
        ]);
      return certificates;
    }),
  );
  return read.flat();
}

async function rootTransports(
  loaded: LoadedConfig,
  fabric: FabricConfig,
  { env, trust, onPull }: RootParts,
): Promise<DocumentPublisher[]> {
  const { file, listen, port } = fabric.transport;
  const publishers: DocumentPublisher[] = [];
  if (file !== undefined) publishers.push(filePublisher(resolve(loaded.directory, file)));
  if (listen !== undefined) {
    const identity = await requireIdentity(loaded, env);
    const members = fabric.members ?? null;
    publishers.push(httpsPublisher({ listen, port, identity, members, cas: () => trust.cas(), onPull }));
  }
  return publishers;
}

async function memberTransport(
  loaded: LoadedConfig,
  fabric: FabricConfig,
  env: NodeJS.ProcessEnv,
  trust: TrustStore,
  clock: Clock,
): Promise<DocumentSubscriber> {
  const { file, url = '', interval } = fabric.transport;
  if (file !== undefined) return fileSubscriber(resolve(loaded.directory, file), clock);
  const { hostname, port } = new URL(url);
  return httpsSubscriber({
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 443 : Number(port),
    identity: await requireIdentity(loaded, env),
    root: fabric.root ?? null,
    cas: () => trust.cas(),
    everyMs: interval * 1000,
    clock,
  });
}

async function requireIdentity(loaded: LoadedConfig, env: NodeJS.ProcessEnv) {
  const identity = await readIdentity(loaded, env);
  if (identity !== null) return identity;
  throw new ConfigError([
    'identity.certificate: missing, expected a certificate because fabric.transport uses HTTPS',
  ]);
}
