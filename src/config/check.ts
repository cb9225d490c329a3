import { createPrivateKey, X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { safeText } from '../safe-text.ts';
import { collectorAuthorities, collectorIdentities, collectorSecrets } from './collector/named.ts';
import { ConfigError } from './error.ts';
import { collectorPorts } from './fsso-options.ts';
import type { LoadedConfig } from './load.ts';
import { trustStorePath } from './paths.ts';
import type { Secret } from './schema.ts';
import { longestFssoPassword, resolveSecret } from './secrets.ts';

/** What a configuration names and what became of it, a line each. Problems stop the program, warnings do not. */
export interface Findings {
  readonly problems: string[];
  readonly warnings: string[];
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

async function readNamed(key: string, path: string, findings: Findings): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    findings.problems.push(
      `${key}: ${safeText(path)} ${code === 'ENOENT' ? 'not found' : `cannot be read (${code})`}`,
    );
    return null;
  }
}

/** The certificates of a file, PEM or DER; null and a problem when one cannot be read. */
function certificates(key: string, content: Buffer, findings: Findings): X509Certificate[] | null {
  try {
    const blocks = content.toString('latin1').match(pemCertificate) ?? [content];
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    findings.problems.push(`${key}: holds no certificate, expected PEM or DER`);
    return null;
  }
}

/** A certificate and the private key that has to belong to it; both are keys of `section`. */
async function checkPair(
  section: string,
  pair: { readonly certificate?: string | undefined; readonly key?: string | undefined } | undefined,
  directory: string,
  clock: Clock,
  findings: Findings,
): Promise<void> {
  if (!pair?.certificate || !pair.key) return;
  const [certificateName, keyName] = [`${section}.certificate`, `${section}.key`];
  const certificatePath = resolve(directory, pair.certificate);
  const keyPath = resolve(directory, pair.key);
  const content = await readNamed(certificateName, certificatePath, findings);
  const keyContent = await readNamed(keyName, keyPath, findings);
  if (keyContent && ((await stat(keyPath)).mode & 0o066) !== 0)
    findings.warnings.push(
      `${keyName}: group or others can read or change ${safeText(keyPath)}: run chmod 600 on it`,
    );
  const leaf = content && certificates(certificateName, content, findings)?.[0];
  if (leaf && clock.now() > leaf.validToDate.getTime())
    findings.warnings.push(`${certificateName}: expired at ${leaf.validToDate.toISOString()}`);
  if (!keyContent) return;
  try {
    const key = createPrivateKey(keyContent);
    if (leaf && !leaf.checkPrivateKey(key))
      findings.problems.push(`${keyName}: does not belong to ${certificateName}`);
  } catch {
    findings.problems.push(`${keyName}: holds no private key without a passphrase, expected PEM`);
  }
}

/** What the links to collectors rest on: the files they are trusted by, and ports that do not go with TLS. */
async function checkLinks({ config, directory }: LoadedConfig, findings: Findings): Promise<void> {
  for (const [index, entry] of config.fsso.entries()) {
    const trusted = entry['ssl-trusted-cert'];
    const key = `fsso[${index}].ssl-trusted-cert`;
    const content =
      trusted === undefined ? null : await readNamed(key, resolve(directory, trusted), findings);
    if (content) certificates(key, content, findings);
    const hasTls = entry.ssl === 'enable';
    for (const [place, { port }] of entry.servers.entries()) {
      const unlikely = hasTls ? collectorPorts.plain : collectorPorts.tls;
      if (port !== unlikely) continue;
      const advice = hasTls
        ? `is the port of a collector without TLS, and ssl is enable: its TLS port is ${collectorPorts.tls} by default`
        : 'is the TLS port of a collector, and ssl is disable: set ssl: enable';
      findings.warnings.push(`fsso[${index}].servers[${place}].port: ${port} ${advice}`);
    }
  }
}

async function checkTrust(loaded: LoadedConfig, env: NodeJS.ProcessEnv, findings: Findings): Promise<void> {
  for (const [index, file] of loaded.config.trust.ca.entries()) {
    const key = `trust.ca[${index}]`;
    const content = await readNamed(key, resolve(loaded.directory, file), findings);
    const found = content && certificates(key, content, findings);
    if (found?.some((certificate) => !certificate.ca))
      findings.problems.push(`${key}: holds a certificate that is no CA`);
  }
  const store = trustStorePath(loaded.config.trust.store, loaded.directory, env);
  await access(store, constants.R_OK | constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT')
      findings.problems.push(`trust.store: ${safeText(store)} cannot be read and written (${error.code})`);
  });
}

async function checkSecrets(loaded: LoadedConfig, env: NodeJS.ProcessEnv, findings: Findings): Promise<void> {
  const named: (readonly [key: string, secret: Secret])[] = [];
  for (const [index, connector] of loaded.config.fsso.entries())
    for (const [place, server] of connector.servers.entries())
      if (server.password) named.push([`fsso[${index}].servers[${place}].password`, server.password]);
  const own = loaded.config.collector?.password;
  if (own) named.push(['collector.password', own]);
  const fssoPasswords = named.length;
  const { edirectory } = loaded.config;
  if (edirectory?.password) named.push(['edirectory.password', edirectory.password]);
  for (const [index, entry] of loaded.config.ems.entries()) {
    const { admin } = entry;
    const accessKey = entry['cloud-authentication-access-key'];
    if (accessKey) named.push([`ems[${index}].cloud-authentication-access-key`, accessKey]);
    if (admin?.password) named.push([`ems[${index}].admin.password`, admin.password]);
    if (admin?.['access-key']) named.push([`ems[${index}].admin.access-key`, admin['access-key']]);
  }
  for (const [index, { token }] of loaded.config.fortigate.entries())
    named.push([`fortigate[${index}].token`, token]);
  for (const [index, { url, header }] of (loaded.config.forward?.webhook ?? []).entries()) {
    if (typeof url !== 'string') named.push([`forward.webhook[${index}].url`, url]);
    if (header) named.push([`forward.webhook[${index}].header.value`, header.value]);
  }
  for (const [index, { password }] of loaded.config.ldap.entries())
    if (password) named.push([`ldap[${index}].password`, password]);
  for (const [index, { password }] of loaded.config['fsso-polling'].entries())
    named.push([`fsso-polling[${index}].password`, password]);
  const { collector } = loaded.config;
  if (collector) named.push(...collectorSecrets(collector));
  const signingKey = loaded.config.fabric?.['signing-key'];
  if (signingKey) named.push(['fabric.signing-key', signingKey]);
  for (const [place, [key, secret]] of named.entries())
    try {
      const { length } = await resolveSecret(secret, loaded.directory, env);
      if (place < fssoPasswords && length > longestFssoPassword)
        findings.warnings.push(
          `${key}: has ${length} characters; collectors and FortiGates take at most ${longestFssoPassword}`,
        );
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      findings.problems.push(...error.lines.map((line) => `${key}: ${line}`));
    }
}

/** The files that directories are trusted by, and logins that go over the wire as they are. */
async function checkDirectories({ config, directory }: LoadedConfig, findings: Findings): Promise<void> {
  for (const [index, entry] of config.ldap.entries()) {
    const file = entry['ca-cert'];
    const content =
      file === undefined
        ? null
        : await readNamed(`ldap[${index}].ca-cert`, resolve(directory, file), findings);
    if (content) certificates(`ldap[${index}].ca-cert`, content, findings);
    if (entry.secure === 'disable')
      findings.warnings.push(
        `ldap[${index}].secure: disable shows ${entry.password ? 'the password and ' : ''}what is asked to whoever listens on the way`,
      );
  }
}

/** The files that a collector judges others by. */
async function checkCollector({ config, directory }: LoadedConfig, findings: Findings): Promise<void> {
  for (const [key, file] of config.collector ? collectorAuthorities(config.collector) : []) {
    const content = await readNamed(key, resolve(directory, file), findings);
    if (content) certificates(key, content, findings);
  }
}

async function checkForward(loaded: LoadedConfig, findings: Findings): Promise<void> {
  const { syslog = [], webhook = [] } = loaded.config.forward ?? {};
  for (const [kind, receivers] of Object.entries({ syslog, webhook }))
    for (const [index, { ca }] of receivers.entries())
      for (const [place, file] of ca.entries()) {
        const key = `forward.${kind}[${index}].ca[${place}]`;
        const content = await readNamed(key, resolve(loaded.directory, file), findings);
        if (content) certificates(key, content, findings);
      }
}

/** Keys that give the program something to do, each by itself. */
const wholes = [
  'ems',
  'fsso',
  'fsso-polling',
  'fortigate',
  'collector',
  'collector-control',
  'edirectory',
] as const satisfies readonly (keyof LoadedConfig['config'])[];

/**
 * Looks at what a configuration names: secrets are resolved, certificates and keys read and compared. Every line begins
 * with the file and the path of the key.
 */
export async function checkConfig(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<Findings> {
  const findings: Findings = { problems: [], warnings: [] };
  const { config } = loaded;
  if (wholes.every((key) => [config[key] ?? []].flat().length === 0))
    findings.warnings.push(`nothing is configured: ${wholes.join(', ')} are all absent`);
  if (!config.identity && config.ems.length + config.fsso.length > 0)
    findings.warnings.push('identity: missing, so EMS and collectors are not told a serial number of ours');
  if (config.collector && !config.collector.agents)
    findings.warnings.push('collector.agents: missing, so logons are taken from any address');
  if (config.fabric?.transport.listen !== undefined && !config.fabric.members)
    findings.warnings.push(
      'fabric.members: missing, so every device with a certificate of an installed CA may pull',
    );
  if (config.fabric?.role === 'root' && !config.fabric['signing-key'])
    findings.warnings.push(
      'fabric.signing-key: missing, so members take settings at most, and no CA and no pin',
    );
  const pairs = [
    ['identity', config.identity] as const,
    ...(config.collector ? collectorIdentities(config.collector) : []),
    ['edirectory', config.edirectory] as const,
  ];
  for (const [section, pair] of pairs) await checkPair(section, pair, loaded.directory, clock, findings);
  await checkLinks(loaded, findings);
  await checkTrust(loaded, env, findings);
  await checkSecrets(loaded, env, findings);
  await checkCollector(loaded, findings);
  await checkForward(loaded, findings);
  await checkDirectories(loaded, findings);
  const place = (line: string) => `${safeText(loaded.path)}: ${line}`;
  return { problems: findings.problems.map(place), warnings: findings.warnings.map(place) };
}
