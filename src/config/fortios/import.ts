import { stringify } from 'yaml';
import { safeText } from '../../safe-text.ts';
import { emsOptions, emsOptionsRefused } from '../ems-options.ts';
import { fssoOptions, fssoOptionsRefused } from '../fsso-options.ts';
import { pathText, type Step } from '../keys.ts';
import { judge } from '../load.ts';
import type { ConfigOption } from '../option.ts';
import { addressSchema, policySchema, userGroupSchema } from '../policies.ts';
import { isRelease } from '../releases.ts';
import { type Backup, type Block, readBackup, type Setting, tablesOf } from './backup.ts';

/** What an import made of a backup. */
export interface Imported {
  /** Our configuration, as it would be written. */
  readonly config: Record<string, unknown>;
  readonly yaml: string;
  /** Lines for a person: what was taken, what was left and why. */
  readonly report: readonly string[];
}

type Entry = Record<string, unknown>;

/** The tables that are read, in the order of the report. */
const wanted = [
  'endpoint-control fctems',
  'user fsso',
  'user group',
  'firewall policy',
  'firewall address',
  'firewall addrgrp',
] as const;
type Path = (typeof wanted)[number];

/** What was left out, gathered by table, setting and reason. */
class Leavings {
  readonly #reasons = new Map<string, { line: number; count: number }>();

  add(table: string, what: string, reason: string, line: number): void {
    const key = `${table}: ${what}: ${reason}`;
    const known = this.#reasons.get(key);
    if (known) known.count += 1;
    else this.#reasons.set(key, { line, count: 1 });
  }

  get lines(): string[] {
    return [...this.#reasons].map(([text, { line, count }]) => {
      const times = count === 1 ? '' : `, and ${count - 1} more`;
      return safeText(`left ${text} (line ${line}${times})`);
    });
  }
}

/**
 * Takes what this program has options for from a FortiGate configuration backup (docs/cli.md, config import). What the result
 * holds passes `config check` once the secrets that the report names are there.
 * @param serial of the FortiGate, which a backup does not say; null leaves the identity out
 * @throws BackupError
 */
export function importBackup(text: string, serial: string | null): Imported {
  const paths: ReadonlySet<string> = new Set(wanted);
  const backup = readBackup(text, (path) => paths.has(path));
  const left = new Leavings();
  const needed: string[] = [];
  const fssoVdom = [...tablesOf(backup, 'user fsso')].find(({ table }) => table.entries.length > 0)?.vdom;
  const release = backup.release;
  const config: Record<string, unknown> = {
    ...(serial === null ? {} : { identity: { serial, ...(fssoVdom ? { vdom: fssoVdom } : {}) } }),
    ...(release !== null && isRelease(release) ? { release } : {}),
    ems: emsEntries(backup, left, needed),
    fsso: fssoEntries(backup, left, needed),
    policies: entriesOf(backup, 'firewall policy', policySchema.shape, left, 'policyid'),
    'user-groups': entriesOf(backup, 'user group', userGroupSchema.shape, left, 'name'),
    addresses: [
      ...entriesOf(backup, 'firewall address', addressSchema.shape, left, 'name'),
      ...entriesOf(backup, 'firewall addrgrp', addressSchema.shape, left, 'name'),
    ],
  };
  for (const key of Object.keys(config)) if ((config[key] as unknown[]).length === 0) delete config[key];
  const dropped = dropWrong(config);
  const taken = Object.entries(config).flatMap(([key, value]) =>
    Array.isArray(value) ? [`taken ${key}: ${value.length}`] : [],
  );
  const remarks = [
    ...(serial === null
      ? [
          'missing identity: a backup does not say the serial number; give it with --serial, or write identity: { serial: ... }',
        ]
      : []),
    ...(release === null ? ['missing release: the first line of the backup does not say it'] : []),
  ];
  return {
    config,
    yaml: stringify(config, { lineWidth: 0 }),
    report: [...taken, ...needed, ...remarks, ...left.lines, ...dropped],
  };
}

function emsEntries(backup: Backup, left: Leavings, needed: string[]): Entry[] {
  const path: Path = 'endpoint-control fctems';
  const entries: Entry[] = [];
  for (const { table } of tablesOf(backup, path)) {
    for (const entry of table.entries) {
      // Since 7.0.8 the key of an entry is its number, and FortiOS writes all of them, used or not.
      const name =
        entry.settings.get('name')?.values[0] ?? (/^\d+$/.test(entry.name) ? `ems${entry.name}` : entry.name);
      const isCloud = entry.settings.get('fortinetone-cloud-authentication')?.values[0] === 'enable';
      if (!isCloud && !entry.settings.has('server')) {
        if (entry.settings.size > 0) left.add(path, name, 'it has no server', entry.line);
        continue;
      }
      const found: Entry = { name };
      if (/^\d+$/.test(entry.name)) found['ems-id'] = Number(entry.name);
      takeOptions(found, entry, {
        path,
        options: emsOptions,
        refused: emsOptionsRefused,
        left,
        needed,
        but: ['name', 'ems-id'],
      });
      entries.push(found);
    }
  }
  return entries;
}

function fssoEntries(backup: Backup, left: Leavings, needed: string[]): Entry[] {
  const path: Path = 'user fsso';
  const entries: Entry[] = [];
  const places = ['', '2', '3', '4', '5'];
  const own = places.flatMap((place) => [`server${place}`, `port${place}`, `password${place}`]);
  for (const { table, vdom } of tablesOf(backup, path)) {
    for (const entry of table.entries) {
      const name = entry.name;
      const servers = places.flatMap((place): Entry[] => {
        const server = entry.settings.get(`server${place}`)?.values[0];
        if (server === undefined || server === '') return [];
        const port = entry.settings.get(`port${place}`)?.values[0];
        const password = entry.settings.get(`password${place}`);
        const secret = password && secretOf(`${name} password${place}`, password, needed);
        return [{ server, ...(port ? { port: Number(port) } : {}), ...(secret ? { password: secret } : {}) }];
      });
      if (servers.length === 0) {
        left.add(path, name, 'it has no server', entry.line);
        continue;
      }
      if (vdom !== null && entries.some((each) => each['name'] === name)) {
        left.add(path, `${name} of VDOM ${vdom}`, 'another VDOM has an entry of this name', entry.line);
        continue;
      }
      const found: Entry = { name, servers };
      const certificate = entry.settings.get('ssl-trusted-cert');
      if (certificate || entry.settings.get('ssl')?.values[0] === 'enable') {
        const known = certificate?.values[0] ?? `${name}-collectors`;
        const file = `${known.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 100)}.pem`;
        found['ssl-trusted-cert'] = file;
        needed.push(
          safeText(
            `certificate of ${name}: put ${certificate ? `${known} of the FortiGate` : 'the CA of its collectors'} into ${file} beside the configuration (line ${certificate?.line ?? entry.line})`,
          ),
        );
      }
      takeOptions(found, entry, {
        path,
        options: fssoOptions,
        refused: fssoOptionsRefused,
        left,
        needed,
        but: [...own, 'name', 'servers', 'ssl-trusted-cert'],
      });
      entries.push(found);
    }
  }
  return entries;
}

interface Taking {
  readonly path: Path;
  readonly options: Readonly<Record<string, ConfigOption>>;
  readonly refused: Readonly<Record<string, string>>;
  readonly left: Leavings;
  readonly needed: string[];
  readonly but: readonly string[];
}

function takeOptions(
  found: Entry,
  entry: Block,
  { path, options, refused, left, needed, but }: Taking,
): void {
  for (const [key, setting] of entry.settings) {
    if (but.includes(key)) continue;
    const option = Object.hasOwn(options, key) ? options[key] : undefined;
    if (option === undefined || option.ours) {
      left.add(path, key, refused[key] ?? 'there is no such option here', setting.line);
      continue;
    }
    const value =
      option.form.kind === 'secret'
        ? secretOf(`${String(found['name'])} ${key}`, setting, needed)
        : settingValue(setting.values, option);
    const parsed = option.schema.safeParse(value);
    // FortiOS writes an option that was emptied as "".
    if (value === '') continue;
    if (parsed.success) found[key] = value;
    else left.add(path, key, parsed.error.issues[0]?.message ?? 'it is not understood', setting.line);
  }
}

/** The value in the form that its schema takes: one text, a number, or a list. */
function settingValue(values: readonly string[], { schema }: Pick<ConfigOption, 'schema'>): unknown {
  const joined = values.join(' ');
  const forms: unknown[] = [joined, ...(/^-?\d{1,15}$/.test(joined) ? [Number(joined)] : []), [...values]];
  return forms.find((form) => schema.safeParse(form).success) ?? joined;
}

/** A reference to the environment, whose name the report tells: what a backup holds is encrypted, or should be. */
function secretOf(what: string, { values, line }: Setting, needed: string[]): { env: string } {
  const env = what
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_');
  const why =
    values[0] === 'ENC' ? 'it is encrypted in the backup and cannot be used' : 'a secret is never copied';
  needed.push(safeText(`secret ${what}: put it into the environment variable ${env} (line ${line}: ${why})`));
  return { env };
}

/** Entries of a table that is taken as it is, as far as our schema knows its settings. */
function entriesOf(
  backup: Backup,
  path: Path,
  shape: Readonly<Record<string, ConfigOption['schema']>>,
  left: Leavings,
  key: 'name' | 'policyid',
): Entry[] {
  const entries: Entry[] = [];
  for (const { table, vdom } of tablesOf(backup, path))
    for (const entry of table.entries) {
      const found: Entry = { [key]: key === 'name' ? entry.name : Number(entry.name) };
      if (vdom !== null) found['vdom'] = vdom;
      for (const [name, setting] of entry.settings) {
        const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
        if (schema === undefined || name === key) {
          left.add(path, name, 'it does not decide who may pass', setting.line);
          continue;
        }
        const value = settingValue(setting.values, { schema });
        const parsed = schema.safeParse(value);
        if (parsed.success) found[name] = value;
        else left.add(path, name, parsed.error.issues[0]?.message ?? 'it is not understood', setting.line);
      }
      entries.push(found);
    }
  return entries;
}

/** Removes what the rules of a configuration do not let pass, and tells of it; the deepest key that a finding names. */
function dropWrong(config: Record<string, unknown>): string[] {
  const told: string[] = [];
  const rounds = 100;
  for (let round = 0; round < rounds; round += 1) {
    const { findings } = judge(config);
    if (findings.length === 0) return told;
    // From behind, so that the numbers of entries before stay.
    const places = findings.toReversed();
    for (const { path, text } of places) {
      told.push(safeText(`left ${pathText(path)}: ${text}`));
      remove(config, path);
    }
  }
  return told;
}

const entryKeys: ReadonlySet<Step> = new Set(['name', 'servers', 'policyid', 'server']);

function remove(config: Record<string, unknown>, path: readonly Step[]): void {
  const [section, index, key] = path;
  const list = config[section as string];
  if (!Array.isArray(list) || typeof index !== 'number') {
    delete config[section as string];
    return;
  }
  const entry = list[index] as Entry | undefined;
  if (entry && key !== undefined && !entryKeys.has(key) && Object.hasOwn(entry, key)) delete entry[key];
  else list.splice(index, 1);
  if (list.length === 0) delete config[section as string];
}
