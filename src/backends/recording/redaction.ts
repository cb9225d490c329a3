import { MessageDecoder } from '../../fsso/wire/decoder.ts';
import { DecodeError } from '../../fsso/wire/element.ts';
import { splitGroups } from '../../fsso/wire/groups.ts';
import {
  encodeAuthResult,
  encodeHello,
  encodeKeepalive,
  type LogonRecord,
  type Message,
} from '../../fsso/wire/messages.ts';
import type { LogonChoice } from '../../state/actions.ts';
import type { LogonRow, StoreChange } from '../../state/changes.ts';
import { eventFrame, listFrame, recordOf } from './rewritten-frames.ts';

type NameKind = 'user' | 'domain' | 'pc' | 'group';

/** Names that are told apart in one recording; those beyond share one pseudonym. */
const mostNames = 1_000_000;

/** What takes the place of bytes that are no messages: a header that announces less than itself. */
const undecodable = Buffer.from([0, 0, 0, 0, 0, 0]);

/** One pseudonym for each name, in the order in which they came; upper and lower case are one name. */
class Pseudonyms {
  readonly #kind: NameKind;
  readonly #known = new Map<string, string>();

  constructor(kind: NameKind) {
    this.#kind = kind;
  }

  of(name: string): string {
    if (name === '') return '';
    const key = name.toLowerCase();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= mostNames) return `${this.#kind}-more`;
    const pseudonym = `${this.#kind}-${this.#known.size + 1}`;
    this.#known.set(key, pseudonym);
    return pseudonym;
  }
}

/**
 * Puts pseudonyms in the place of users, domains, workstations and groups, the same for the same name throughout one recording,
 * so that who replaced whom can still be seen. What may hold a name and is not understood is left out, never passed on.
 */
export class Redaction {
  readonly #names: Record<NameKind, Pseudonyms> = {
    user: new Pseudonyms('user'),
    domain: new Pseudonyms('domain'),
    pc: new Pseudonyms('pc'),
    group: new Pseudonyms('group'),
  };
  /** By number of the link; null once it could not be read. */
  readonly #links = new Map<number, { decoder: MessageDecoder; bulk: Bulk | null } | null>();

  group(name: string): string {
    return this.#names.group.of(name);
  }

  /** What a collector sent, as messages of the same meaning; those that are still incomplete come with a later chunk. */
  received(link: number, bytes: Buffer): Buffer {
    if (!this.#links.has(link))
      this.#links.set(link, { decoder: new MessageDecoder('collector'), bulk: null });
    const reading = this.#links.get(link);
    if (!reading) return Buffer.alloc(0);
    const written: Buffer[] = [];
    try {
      for (const message of reading.decoder.push(bytes)) {
        if (message.kind === 'bulk-start') reading.bulk = { sync: message.sync, records: [] };
        else if (message.kind === 'bulk-record') reading.bulk?.records.push(this.#record(message.record));
        else if (message.kind === 'bulk-end') reading.bulk = this.#endBulk(reading.bulk, written);
        else written.push(...this.#message(message));
      }
      // A list that is still coming is passed on in pieces, so that it takes as long as it took.
      if (reading.bulk && reading.bulk.records.length > 0) {
        written.push(listFrame(reading.bulk.sync, reading.bulk.records));
        reading.bulk = { sync: reading.bulk.sync, records: [] };
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      written.push(undecodable);
      this.#links.set(link, null);
    }
    return Buffer.concat(written);
  }

  closed(link: number): void {
    this.#links.delete(link);
  }

  /** Which logons were cleared. A query may name anybody, so that nothing is cleared in its place. */
  choice(choice: LogonChoice): LogonChoice {
    const { filter, group, user, logon, ...addresses } = choice;
    if (filter !== undefined) return { logon: { ip: '', session: -1, user: '', domain: '' } };
    return {
      ...addresses,
      ...(group === undefined ? {} : { group: this.#names.group.of(group) }),
      ...(user === undefined ? {} : { user: this.#names.user.of(user) }),
      ...(logon === undefined
        ? {}
        : {
            logon: {
              ...logon,
              user: this.#names.user.of(logon.user),
              domain: this.#names.domain.of(logon.domain),
            },
          }),
    };
  }

  /** What an adapter told, with pseudonyms; null where it is left out. */
  change(change: StoreChange): StoreChange | null {
    if (change.table === 'endpoints' && change.op === 'put') {
      const { row } = change;
      return {
        ...change,
        row: { ...row, host: this.#names.pc.of(row.host), user: this.#names.user.of(row.user) },
      };
    }
    if (change.table === 'logons' && change.op === 'put') return { ...change, row: this.#logon(change.row) };
    // Policies may name users.
    if (change.table === 'gates' && change.op === 'put')
      return { ...change, row: { ...change.row, policies: null } };
    return change.op === 'remove' || keptTables.has(change.table) ? change : null;
  }

  /** A logon that a FortiGate told. */
  #logon(row: LogonRow): LogonRow {
    const { before, reported } = row;
    const who = ({ user, domain, workstation }: Pick<LogonRow, 'user' | 'domain' | 'workstation'>) => ({
      user: this.#names.user.of(user),
      domain: this.#names.domain.of(domain),
      workstation: this.#names.pc.of(workstation),
    });
    return {
      ...row,
      ...who(row),
      groups: row.groups.map((group) => this.#names.group.of(group)),
      ...(before ? { before: { ...before, ...who(before) } } : {}),
      ...(reported ? { reported: { ...reported, removal: null } } : {}),
    };
  }

  #record(record: LogonRecord): LogonRecord {
    return {
      ...record,
      user: this.#names.user.of(record.user),
      domain: this.#names.domain.of(record.domain),
      workstation: this.#names.pc.of(record.workstation),
      groups: splitGroups(record.groups)
        .map((group) => this.#names.group.of(group))
        .join('+'),
    };
  }

  #endBulk(bulk: Bulk | null, written: Buffer[]): null {
    if (bulk) written.push(listFrame(bulk.sync, bulk.records));
    return null;
  }

  #message(message: Message): Buffer[] {
    switch (message.kind) {
      case 'hello':
        return [encodeHello('collector', { ...message, extra: [] })];
      case 'auth-result':
        return [encodeAuthResult(message.sync, message.status)];
      case 'keepalive':
        return [encodeKeepalive(message.sync)];
      case 'event': {
        const record = recordOf(this.#record(message.record));
        // One that could not be told again is a keepalive, so that its number is not missed.
        return [record === null ? encodeKeepalive(message.sync) : eventFrame(message.sync, record)];
      }
      default:
        return [];
    }
  }
}

interface Bulk {
  readonly sync: number;
  readonly records: LogonRecord[];
}

/** Tables whose rows name no people; texts of events may. */
const keptTables: ReadonlySet<StoreChange['table']> = new Set([
  'connectors',
  'cas',
  'admins',
  'devices',
  'fortigates',
  'tags',
]);
