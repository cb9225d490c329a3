import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { parse, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../clock.ts';
import { ConfigError } from '../config/error.ts';
import type { LoadedConfig } from '../config/load.ts';
import { trustStorePath } from '../config/paths.ts';
import { hasBegun, textRelease } from '../config/releases.ts';
import type { EmsConfig } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import { caName } from '../ems/ca-directory.ts';
import { CertificateError, readCertificate, readCertificateFile } from '../ems/certificate.ts';
import { CloudDesk } from '../ems/cloud-desk.ts';
import { type Device, plainDevice } from '../ems/device.ts';
import type { Surroundings } from '../ems/diagnosis/row.ts';
import type { EmsTarget } from '../ems/examine.ts';
import type { Identity } from '../ems/handshake.ts';
import type { PinMode } from '../ems/pin.ts';
import { emsProfile } from '../ems/profile.ts';
import { TlsSessions } from '../ems/tls-sessions.ts';
import { TrustStore, TrustStoreError } from '../ems/trust.ts';
import { safeText } from '../safe-text.ts';
import { version } from '../version.ts';
import { ownGateways } from './ems-gateways.ts';
import { withFabric } from './fabric-config.ts';
import { namedSecret } from './named-secret.ts';

/** The configured EMS connectors, ready to be tried, and the trust store that they share. */
export interface EmsSetup {
  readonly trust: TrustStore;
  /** The FortiOS release whose texts apply. */
  readonly release: string;
  readonly targets: readonly EmsTarget[];
}

/** Releases that ask for no contract where an access key is used (docs/protocol/ems.md, EMS Cloud). */
const contractFreeKeys = ['7.6.4'];
/** Octets of a certificate file; a bundle of every public CA has about 220 000. */
const longestFile = 1_048_576;

/**
 * Reads the certificates of a file, PEM or DER. `subject` begins the line of an error.
 * @throws ConfigError
 */
export async function readCertificates(path: string, subject: string): Promise<Buffer[]> {
  const fail = (reason: string) => new ConfigError([`${safeText(subject)}: ${safeText(path)} ${reason}`]);
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw fail(error.code === 'ENOENT' ? 'not found' : `cannot be read (${error.code})`);
  });
  if (content.length > longestFile) throw fail(`is longer than ${longestFile} octets`);
  try {
    const certificates = readCertificateFile(content);
    for (const der of certificates) readCertificate(der);
    return certificates;
  } catch (error) {
    if (error instanceof CertificateError)
      throw fail(`holds no certificate that can be read: ${error.message}`);
    throw error;
  }
}

/**
 * Opens the trust store with the CAs of the configuration.
 * @throws ConfigError for a CA file or a store that cannot be read
 */
export async function openTrust(
  { config, directory }: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<TrustStore> {
  const files = await Promise.all(
    config.trust.ca.map((file, index) => readCertificates(resolve(directory, file), `trust.ca[${index}]`)),
  );
  const fileNames = new Map(
    config.trust.ca.flatMap((file, index) =>
      (files[index] ?? []).map((der) => [caName(der), parse(file).name]),
    ),
  );
  try {
    const path = trustStorePath(config.trust.store, directory, env);
    return TrustStore.open(path, clock, files.flat(), fileNames);
  } catch (error) {
    if (error instanceof TrustStoreError)
      throw new ConfigError([[error.message, ...error.problem.fix].join(' ')]);
    throw error;
  }
}

/**
 * Makes the configured connectors ready: installed CAs, pins and identity.
 * @param name only this connector
 * @param given the trust store of connectors that run already
 * @throws ConfigError for an unknown name, or a file that cannot be used
 */
export async function prepareEms(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  name?: string,
  given?: TrustStore,
): Promise<EmsSetup> {
  const { config, path } = withFabric(loaded, env);
  const names = config.ems.map((each) => each.name);
  if (names.length === 0) throw new ConfigError([`${path}: ems: no connector is configured`]);
  const chosen = config.ems.filter((each) => name === undefined || each.name === name);
  if (chosen.length === 0)
    throw new ConfigError([
      `there is no EMS connector "${safeText(name ?? '')}", expected one of ${names.map(safeText).join(', ')}`,
    ]);
  const identity = await readIdentity(loaded, env);
  const trust = given ?? (await openTrust(loaded, env, clock));
  const profileFile = config.profile?.ems;
  const us: OurPart = {
    profile:
      profileFile === undefined ? emsProfile : await readEmsProfile(resolve(loaded.directory, profileFile)),
    hostname: hostname(),
    version,
    vdom: config.identity?.vdom ?? 'root',
    isRoot: config.identity?.['fabric-role'] !== 'downstream',
    downstream: config.identity?.downstream ?? [],
    gateways: ownGateways,
  };
  const serial = config.identity?.serial ?? null;
  const surroundings: Surroundings = {
    fabricRole: config.identity?.['fabric-role'] ?? config.fabric?.role ?? 'root',
    haRole: config.identity?.['ha-role'] ?? 'primary',
  };
  const targets = chosen.map(
    async (each): Promise<EmsTarget> => ({
      ...emsTarget(each, { identity, serial, trust, clock, surroundings }, us),
      cloud: await cloudDesk(each, config.ems.indexOf(each), loaded, env),
    }),
  );
  return { trust, release: textRelease(config.release), targets: await Promise.all(targets) };
}

/** What of a device is the same to each EMS. */
type OurPart = Pick<
  Device,
  'profile' | 'hostname' | 'version' | 'vdom' | 'isRoot' | 'downstream' | 'gateways'
>;

// The reader of YAML and its schema are loaded by who has a profile only.
async function readEmsProfile(path: string) {
  const { readProfile } = await import('./profile-file.ts');
  return readProfile('profile.ems', path, emsProfile);
}

/** Who says which instance of EMS Cloud is ours; null for an EMS of one's own. @throws ConfigError for its access key */
async function cloudDesk(
  entry: EmsConfig,
  index: number,
  { config, directory }: LoadedConfig,
  env: NodeJS.ProcessEnv,
): Promise<CloudDesk | null> {
  if (entry['fortinetone-cloud-authentication'] === 'disable' || entry.status === 'disable') return null;
  const secret = entry['cloud-authentication-access-key'];
  const key = `ems[${index}].cloud-authentication-access-key`;
  const accessKey =
    secret === undefined ? null : await namedSecret(key, resolveSecret(secret, directory, env));
  const contractNeeded = accessKey === null || !hasBegun(contractFreeKeys, config.release);
  return new CloudDesk({ accessKey, contractNeeded });
}

/** What `trust-ca-cn` of an entry pins. */
export function emsPinMode(config: EmsConfig): PinMode {
  return config['trust-ca-cn'] === 'enable' ? 'ca-cn' : 'fingerprint';
}

/** One `fctems` entry in the words of the protocol engine. */
export function emsTarget(
  config: EmsConfig,
  shared: Pick<EmsTarget, 'identity' | 'serial' | 'trust' | 'clock' | 'surroundings'>,
  us: OurPart = plainDevice,
): EmsTarget {
  return {
    ...shared,
    name: config.name,
    enabled: config.status === 'enable',
    type: config['fortinetone-cloud-authentication'] === 'enable' ? 'ems-cloud' : 'ems',
    server: config.server ?? null,
    port: config['https-port'],
    sourceIp: config['source-ip'],
    sourceInterface: config['interface-select-method'] === 'specify' ? (config.interface ?? null) : null,
    callTimeoutMs: config['call-timeout'] * 1000,
    pinMode: emsPinMode(config),
    verifyingCa: config['verifying-ca'] ?? null,
    sessions: config['preserve-ssl-session'] === 'enable' ? new TlsSessions() : null,
    device: {
      ...us,
      pullSysinfo: config['pull-sysinfo'] === 'enable',
      pullTags: config['pull-tags'] === 'enable',
      websocketOverride: config['websocket-override'] === 'enable',
      outOfSyncAfter: config['out-of-sync-threshold'] * 1000,
      expectedSerial: config['serial-number'] ?? null,
      expectedTenant: config['tenant-id']?.toLowerCase() ?? null,
    },
  };
}

/** The certificate and key that we present; null when none is configured. @throws ConfigError */
export async function readIdentity(
  { config, directory }: LoadedConfig,
  env: NodeJS.ProcessEnv,
): Promise<Identity | null> {
  const { certificate: file, key: keyFile } = config.identity ?? {};
  if (file === undefined || keyFile === undefined) return null;
  const path = resolve(directory, file);
  await readCertificates(path, 'identity.certificate');
  const certificate = await readFile(path, 'utf8');
  const key = await resolveSecret({ file: keyFile }, directory, env).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.lines.map((line) => `identity.key: ${line}`));
  });
  try {
    createSecureContext({ cert: certificate, key });
  } catch (error) {
    throw new ConfigError([`identity: ${identityReason(error as NodeJS.ErrnoException, key)}`]);
  }
  return { certificate, key };
}

function identityReason({ code = '', message }: NodeJS.ErrnoException, key: string): string {
  if (/ENCRYPTED/.test(key))
    return 'the key is encrypted, expected one without a passphrase in a file of mode 0600';
  if (/KEY_VALUES_MISMATCH|KEY_TYPE_MISMATCH/.test(code)) return 'certificate and key do not belong together';
  return `certificate and key cannot be used, expected two PEM files (${safeText(code || message)})`;
}
