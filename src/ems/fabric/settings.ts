import { isShared } from '../../fabric-sync.ts';
import { readCertificate } from '../certificate.ts';
import type { Pin } from '../pin.ts';
import { parsePins, pinsText } from '../trust-file.ts';
import { canonicalText } from './canonical.ts';
import { fabricLimits } from './limits.ts';

/** A value of an option. Never a secret: those are objects, and stay where they are. */
export type OptionValue = string | number | boolean | readonly (string | number)[];

/** An `ems` entry as the root has it, without what is local to the root. */
export interface SharedEntry {
  readonly name: string;
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** What the root shares with the members (docs/fabric.md, What is synchronised). */
export interface FabricSettings {
  readonly ems: readonly SharedEntry[];
  /** CAs marked `fabric-ca`, DER. */
  readonly authorities: readonly Buffer[];
  /** Of connectors in `ems`, each at most once. */
  readonly pins: readonly Pin[];
}

/** As it stands in a document. */
export interface SettingsJson {
  readonly ems: readonly SharedEntry[];
  /** Base 64. */
  readonly authorities: readonly string[];
  readonly pins: readonly Readonly<Record<string, unknown>>[];
}

/** What of an entry's options the Fabric shares: known shared ones with a plain value. */
export function sharedOptions(entry: Readonly<Record<string, unknown>>): SharedEntry['options'] {
  const found: Record<string, OptionValue> = {};
  for (const [option, value] of Object.entries(entry))
    if (isShared(option) && isOptionValue(value)) found[option] = value;
  return found;
}

/** In the order that makes equal settings one text. */
export function settingsJson({ ems, authorities, pins }: FabricSettings): SettingsJson {
  const rows = (JSON.parse(pinsText(pins)) as { pins: Record<string, unknown>[] }).pins;
  return {
    ems: sortedBy(ems, ({ name }) => name).map(({ name, options }) => ({ name, options })),
    authorities: [...new Set(authorities.map((der) => der.toString('base64')))].sort(),
    pins: sortedBy(rows, ({ connector }) => String(connector)),
  };
}

/** Reads the settings of a document, or says what is wrong with them. Nothing of it has been judged yet. */
export function readSettings(json: unknown): FabricSettings | { reason: string } {
  if (!isRow(json) || !hasExactly(json, ['authorities', 'ems', 'pins']))
    return { reason: 'its settings are not ems, authorities and pins' };
  const ems = readEntries(json['ems']);
  if ('reason' in ems) return ems;
  const authorities = readAuthorities(json['authorities']);
  if ('reason' in authorities) return authorities;
  const pins = readPins(json['pins'], new Set(ems.list.map(({ name }) => name)));
  if ('reason' in pins) return pins;
  return { ems: ems.list, authorities: authorities.list, pins: pins.list };
}

type List<Item> = { list: Item[] } | { reason: string };

function readEntries(json: unknown): List<SharedEntry> {
  if (!Array.isArray(json) || json.length > fabricLimits.entries)
    return { reason: 'it has too many entries' };
  const list: SharedEntry[] = [];
  for (const row of json as unknown[]) {
    if (!isRow(row) || !hasExactly(row, ['name', 'options'])) return { reason: 'an entry is damaged' };
    const { name, options } = row as { name: unknown; options: unknown };
    if (typeof name !== 'string' || name === '' || name.length > fabricLimits.name || !isRow(options))
      return { reason: 'an entry is damaged' };
    if (list.some((entry) => entry.name === name)) return { reason: 'two entries have one name' };
    // An option that a newer root shares is unknown here, and named when it is not taken; a local one is never sent.
    for (const [option, value] of Object.entries(options))
      if (!/^[a-z][a-z0-9-]{0,62}$/.test(option) || !isOptionValue(value))
        return { reason: `an entry has an option that is none` };
    list.push({ name, options: options as SharedEntry['options'] });
  }
  return { list };
}

function readAuthorities(json: unknown): List<Buffer> {
  if (!Array.isArray(json) || json.length > fabricLimits.authorities)
    return { reason: 'it has too many CA certificates' };
  const list: Buffer[] = [];
  for (const text of json as unknown[]) {
    if (typeof text !== 'string') return { reason: 'a CA certificate is no text' };
    const der = Buffer.from(text, 'base64');
    try {
      const { isCa, subject, issuer } = readCertificate(der);
      if (der.toString('base64') !== text || (!isCa && subject !== issuer))
        return { reason: 'one of its CA certificates is none' };
    } catch {
      return { reason: 'a CA certificate cannot be read' };
    }
    list.push(der);
  }
  return { list };
}

function readPins(json: unknown, names: ReadonlySet<string>): List<Pin> {
  if (!Array.isArray(json) || json.length > fabricLimits.entries) return { reason: 'it has too many pins' };
  // What the trust store would not take from its own file it does not take from the root either.
  const pins = parsePins(JSON.stringify({ ...JSON.parse(pinsText([])), pins: json as unknown[] }));
  if (!Array.isArray(pins)) return { reason: 'a pin is damaged' };
  if (pins.some(({ connector }) => !names.has(connector))) return { reason: 'a pin belongs to no entry' };
  return { list: pins };
}

/** Two settings with one text are the same. */
export function settingsText(settings: FabricSettings): string {
  return canonicalText(settingsJson(settings));
}

export function isOptionValue(value: unknown): value is OptionValue {
  if (Array.isArray(value)) return value.length <= fabricLimits.values && value.every(isScalar);
  return typeof value === 'boolean' || isScalar(value);
}

function isScalar(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'string' && value.length <= fabricLimits.value && value.isWellFormed();
}

export function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function hasExactly(row: Record<string, unknown>, keys: readonly string[]): boolean {
  return Object.keys(row).sort().join() === [...keys].sort().join();
}

function sortedBy<Item>(list: readonly Item[], key: (item: Item) => string): Item[] {
  return list.toSorted((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
}
