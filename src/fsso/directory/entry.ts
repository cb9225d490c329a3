/** `memberOf;range=0-1499`: values by their numbers; `*` is the last one. In lower case. */
const ranged = /^([a-z\d.-]+);range=\d{1,9}-(\d{1,9}|\*)$/;

/** One object of a directory, with the attributes that were asked for. Texts are the server's, not made safe. */
export class DirectoryEntry {
  readonly dn: string;
  readonly #values: ReadonlyMap<string, readonly (string | Buffer)[]>;

  /** @param values by attribute, whatever its case */
  constructor(dn: string, values: Iterable<readonly [string, readonly (string | Buffer)[]]>) {
    this.dn = dn;
    this.#values = new Map([...values].map(([name, list]) => [name.toLowerCase(), list]));
  }

  /** Every value of an attribute as text; bytes that are no UTF-8 show as replacement characters. */
  texts(attribute: string): string[] {
    return this.#of(attribute).map((value) => (typeof value === 'string' ? value : value.toString('utf8')));
  }

  /** The first value; null where there is none. */
  text(attribute: string): string | null {
    return this.texts(attribute)[0] ?? null;
  }

  /** Every value as bytes. */
  octets(attribute: string): Buffer[] {
    return this.#of(attribute).map((value) =>
      typeof value === 'string' ? Buffer.from(value, 'utf8') : value,
    );
  }

  /** The first value as a whole number; null where it is none. */
  number(attribute: string): number | null {
    const text = this.text(attribute);
    return text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : null;
  }

  /** Attributes of which the server gave the first values only, with the number of the next one. */
  get cutShort(): { attribute: string; next: number }[] {
    return [...this.#values.keys()].flatMap((name) => {
      const [, attribute, last] = ranged.exec(name) ?? [];
      return attribute === undefined || last === undefined || last === '*'
        ? []
        : [{ attribute, next: Number(last) + 1 }];
    });
  }

  /** With more values of an attribute, of another part of its range. */
  joined(attribute: string, more: DirectoryEntry): DirectoryEntry {
    const name = attribute.toLowerCase();
    const kept = [...this.#values].filter(([key]) => ranged.exec(key)?.[1] !== name && key !== name);
    const parts = more.cutShort.find((each) => each.attribute === name);
    const end = parts === undefined ? '*' : parts.next - 1;
    const values = [...this.#of(name), ...more.#of(name)];
    return new DirectoryEntry(this.dn, [...kept, [`${name};range=0-${end}`, values]]);
  }

  #of(attribute: string): readonly (string | Buffer)[] {
    const name = attribute.toLowerCase();
    const whole = this.#values.get(name) ?? [];
    if (whole.length > 0) return whole;
    // A server that gives a part of the values says so in the name of the attribute.
    const part = [...this.#values.keys()].find((key) => ranged.exec(key)?.[1] === name);
    return (part === undefined ? undefined : this.#values.get(part)) ?? [];
  }
}
