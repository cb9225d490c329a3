import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import { ConfigError } from '../../config/error.ts';
import { isWebhookUrl, type Severity, type SyslogConfig, type WebhookConfig } from '../../config/forward.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { resolveSecret } from '../../config/secrets.ts';
import { safeText } from '../../safe-text.ts';
import type { EventLevel } from '../../state/changes.ts';
import { version } from '../../version.ts';
import type { Channel } from './item.ts';
import { syslogChannel } from './syslog-channel.ts';
import { webhookChannel } from './webhook-channel.ts';

/** A receiver that is ready to be opened: its secrets and authorities are at hand. */
export interface ForwardTarget {
  readonly name: string;
  readonly kind: 'syslog' | 'webhook';
  readonly least: EventLevel;
  readonly send: WebhookConfig['send'];
  /** Everything that it was made from, to tell one from another. */
  readonly settings: string;
  open(clock: Clock): Channel;
}

const levelOf: Readonly<Record<Severity, EventLevel>> = {
  information: 'info',
  notification: 'notice',
  warning: 'warning',
  error: 'error',
};

/** Ports of syslog where none is configured: RFC 5426 and 6587 as FortiOS has it, and RFC 5425. */
const syslogPorts = { plain: 514, tls: 6514 } as const;

/**
 * Makes every receiver of the key `forward` ready.
 * @throws ConfigError for a secret or a file that cannot be had
 */
export async function prepareForward(
  { config, directory }: LoadedConfig,
  env: NodeJS.ProcessEnv,
): Promise<ForwardTarget[]> {
  const { syslog = [], webhook = [] } = config.forward ?? {};
  return Promise.all([
    ...syslog.map((each) => syslogTarget(each, directory)),
    ...webhook.map((each) => webhookTarget(each, directory, env)),
  ]);
}

async function authorities(
  name: string,
  files: readonly string[],
  directory: string,
): Promise<string | null> {
  if (files.length === 0) return null;
  const read = (file: string) =>
    readFile(resolve(directory, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new ConfigError([`forward "${name}": ca: ${safeText(file)} cannot be read (${error.code})`]);
    });
  return (await Promise.all(files.map(read))).join('\n');
}

async function syslogTarget(config: SyslogConfig, directory: string): Promise<ForwardTarget> {
  const ca = await authorities(config.name, config.ca, directory);
  const isTls = config['enc-algorithm'] === 'high';
  const sourceIp = config['source-ip'] === '0.0.0.0' ? undefined : config['source-ip'];
  const target = {
    host: config.server,
    port: config.port ?? (isTls ? syslogPorts.tls : syslogPorts.plain),
    transport: isTls ? 'tls' : config.mode === 'udp' ? 'udp' : 'tcp',
    sourceIp,
    ca,
    facility: config.facility,
    hostname: hostname(),
    version,
    processId: process.pid,
  } as const;
  return {
    name: config.name,
    kind: 'syslog',
    least: levelOf[config.severity],
    send: 'all',
    settings: JSON.stringify([config, ca]),
    open: (clock) => syslogChannel(target, clock),
  };
}

async function webhookTarget(
  config: WebhookConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<ForwardTarget> {
  const [ca, url, header] = await Promise.all([
    authorities(config.name, config.ca, directory),
    typeof config.url === 'string' ? config.url : resolveSecret(config.url, directory, env),
    config.header ? resolveSecret(config.header.value, directory, env) : null,
  ]);
  if (!isWebhookUrl(url))
    throw new ConfigError([`forward "${config.name}": url: the secret holds no https://HOST/PATH`]);
  if (header !== null && /[^\t\x20-\x7e]/.test(header))
    throw new ConfigError([
      `forward "${config.name}": header: the secret holds characters that no header field has`,
    ]);
  const target = {
    url: new URL(url),
    headers: config.header && header !== null ? { [config.header.name]: header } : {},
    batch: config.batch,
    callTimeoutMs: config['call-timeout'] * 1000,
    ca,
    hostname: hostname(),
    version,
  };
  return {
    name: config.name,
    kind: 'webhook',
    least: levelOf[config.severity],
    send: config.send,
    settings: JSON.stringify([config, ca, url, header]),
    open: (clock) => webhookChannel(target, clock),
  };
}
