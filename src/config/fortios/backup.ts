import { safeText } from '../../safe-text.ts';

/** A value as it stands behind `set`, in pieces; the line is where `set` stands, counted from 1. */
export interface Setting {
  readonly values: readonly string[];
  readonly line: number;
}

/** What stands between `edit` and `next`, or directly in a table without entries. */
export interface Block {
  readonly settings: Map<string, Setting>;
  readonly tables: Table[];
}

/** One `config ... end`. */
export interface Table extends Block {
  /** The words behind `config`, such as `user fsso`. */
  readonly path: string;
  readonly line: number;
  readonly entries: (Block & { readonly name: string; readonly line: number })[];
}

/** A backup as far as it was asked for. */
export interface Backup {
  /** `7.2.5`, from its first line; null where that does not say. */
  readonly release: string | null;
  readonly tables: readonly Table[];
}

/** Why a text is no backup; the only thing that the reader throws. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly line: number;
  constructor(line: number, detail: string) {
    super(`line ${line}: ${detail}`);
    this.line = line;
  }
}

/** Characters of a backup; the largest FortiGates write some 50 million. */
export const longestBackup = 128 * 1024 * 1024;
/** Characters of one value; certificates and replacement messages have some ten thousand. */
export const longestValue = 1024 * 1024;
/** Tables in tables; FortiOS has up to five, with VDOMs around them. */
export const deepestTables = 16;
/** Of the tables that are asked for. */
const mostSettings = 5_000_000;

/** Stands between the words of a line. Other kinds of space are a part of the word that they are in. */
const between = /[ \t\r]/;

/** Reads words of the grammar one line at a time; a quoted value may go on over lines. */
class Words {
  line = 1;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The words of the next line that has any; null at the end. `keeps` tells by the words so far whether the rest is worth keeping. */
  next(): { words: string[]; line: number } | null {
    const text = this.#text;
    while (this.#at < text.length) {
      const words: string[] = [];
      const { line } = this;
      while (this.#at < text.length && text[this.#at] !== '\n') {
        const character = text[this.#at] as string;
        if (between.test(character)) this.#at += 1;
        else if (character === '#' && words.length === 0) this.#skipLine();
        else words.push(this.#word());
      }
      if (this.#at < text.length) {
        this.#at += 1;
        this.line += 1;
      }
      if (words.length > 0) return { words, line };
    }
    return null;
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  /** Pieces with and without quotes that touch are one word. */
  #word(): string {
    const text = this.#text;
    const begun = this.line;
    const parts: string[] = [];
    let length = 0;
    let quote = '';
    let from = this.#at;
    const take = (to: number): void => {
      parts.push(text.slice(from, to));
      length += to - from;
      if (length > longestValue)
        throw new BackupError(begun, `a value is longer than ${longestValue} characters`);
    };
    for (;;) {
      const character = text[this.#at];
      if (character === undefined) {
        if (quote !== '') throw new BackupError(begun, `a value in ${quote} has no end`);
        break;
      }
      if (character === '\\' && quote !== "'" && this.#at + 1 < text.length && text[this.#at + 1] !== '\n') {
        take(this.#at);
        from = this.#at + 1;
        this.#at += 2;
      } else if (quote !== '') {
        if (character === '\n') this.line += 1;
        if (character === quote) {
          take(this.#at);
          from = this.#at + 1;
          quote = '';
        }
        this.#at += 1;
      } else if (character === '"' || character === "'") {
        take(this.#at);
        from = this.#at + 1;
        quote = character;
        this.#at += 1;
      } else if (character === '\n' || between.test(character)) break;
      else this.#at += 1;
      if (this.#at - from > longestValue)
        throw new BackupError(begun, `a value is longer than ${longestValue} characters`);
    }
    take(this.#at);
    return parts.join('');
  }
}

interface Open {
  readonly table: Table;
  entry: Table['entries'][number] | null;
  /** Nothing in it is asked for. */
  readonly isSkipped: boolean;
}

const emptyBlock = (): Block => ({ settings: new Map(), tables: [] });

/**
 * Reads the grammar of a FortiGate configuration backup: `config`, `edit`, `set`, `unset`, `append`, `next`, `end`. Only tables
 * whose words `wants` accepts are kept, with all in them; `vdom` and `global` are walked through.
 * @throws BackupError and nothing else
 */
export function readBackup(text: string, wants: (path: string) => boolean): Backup {
  if (text.length > longestBackup)
    throw new BackupError(1, `longer than ${longestBackup} characters, so it is no configuration`);
  const words = new Words(text.startsWith('\ufeff') ? text.slice(1) : text);
  const tables: Table[] = [];
  const open: Open[] = [];
  let settings = 0;
  let hasTable = false;
  for (let next = words.next(); next; next = words.next()) {
    const { line } = next;
    const [verb = '', ...rest] = next.words;
    const inner = open.at(-1);
    switch (verb) {
      case 'config': {
        if (rest.length === 0) throw new BackupError(line, 'config without the name of a table');
        if (open.length >= deepestTables)
          throw new BackupError(line, `tables are nested more than ${deepestTables} deep`);
        hasTable = true;
        const path = rest.join(' ');
        const isFrame = isAround(path) && open.every(({ table }) => isAround(table.path));
        const isTop = open.every(({ table }) => isAround(table.path));
        const isSkipped = isTop ? !isFrame && !wants(path) : (inner?.isSkipped ?? false);
        const table: Table = { path, line, entries: [], ...emptyBlock() };
        if (!isSkipped) (inner?.entry?.tables ?? inner?.table.tables ?? tables).push(table);
        open.push({ table, entry: null, isSkipped });
        break;
      }
      case 'edit': {
        if (!inner) throw new BackupError(line, 'edit outside of config');
        if (rest.length !== 1) throw new BackupError(line, `edit takes one name, found ${rest.length}`);
        // FortiOS closes an entry by the next one where `next` is left out.
        inner.entry = { name: rest[0] as string, line, ...emptyBlock() };
        if (!inner.isSkipped) inner.table.entries.push(inner.entry);
        break;
      }
      case 'set':
      case 'append': {
        if (!inner) throw new BackupError(line, `${verb} outside of config`);
        const [key, ...values] = rest;
        if (key === undefined) throw new BackupError(line, `${verb} without a name`);
        if (inner.isSkipped) break;
        settings += 1;
        if (settings > mostSettings) throw new BackupError(line, `more than ${mostSettings} settings`);
        const block = inner.entry ?? inner.table;
        const before = verb === 'append' ? (block.settings.get(key)?.values ?? []) : [];
        block.settings.set(key, { values: [...before, ...values], line });
        break;
      }
      case 'unset':
        if (!inner) throw new BackupError(line, 'unset outside of config');
        if (rest[0] !== undefined) (inner.entry ?? inner.table).settings.delete(rest[0]);
        break;
      case 'next':
        if (!inner?.entry) throw new BackupError(line, 'next without edit');
        inner.entry = null;
        break;
      case 'end':
        if (!inner) throw new BackupError(line, 'end without config');
        open.pop();
        break;
      default:
        throw new BackupError(
          line,
          `found ${safeText(verb.slice(0, 40))}, expected config, edit, set, unset, append, next or end`,
        );
    }
  }
  const left = open.at(-1);
  if (left)
    throw new BackupError(
      left.table.line,
      `config ${safeText(left.table.path.slice(0, 80))} has no end: the file is cut off`,
    );
  if (!hasTable) throw new BackupError(1, 'there is no config in it');
  return { release: releaseOf(text), tables };
}

function isAround(path: string): boolean {
  return path === 'vdom' || path === 'global';
}

/** `#config-version=FGVM64-7.2.5-FW-build1517-230606:opmode=0:vdom=0:user=admin`. */
function releaseOf(text: string): string | null {
  const [, release] =
    /^\ufeff?#config-version=[^\n:]{1,80}?-(\d{1,2}\.\d{1,2}\.\d{1,2})-/.exec(text.slice(0, 1000)) ?? [];
  return release ?? null;
}

/** Every table of this name with the VDOM that it stands in; null where the backup has none. */
export function* tablesOf(backup: Backup, path: string): Generator<{ table: Table; vdom: string | null }> {
  for (const table of backup.tables) {
    if (table.path === path) yield { table, vdom: null };
    if (table.path === 'global')
      for (const each of table.tables) if (each.path === path) yield { table: each, vdom: null };
    if (table.path !== 'vdom') continue;
    for (const entry of table.entries)
      for (const each of entry.tables) if (each.path === path) yield { table: each, vdom: entry.name };
  }
}
