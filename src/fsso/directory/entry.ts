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

  #of(attribute: string): readonly (string | Buffer)[] {
    return this.#values.get(attribute.toLowerCase()) ?? [];
  }
}
