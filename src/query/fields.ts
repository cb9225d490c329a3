/** What every field has beside its kind. */
interface Described {
  /** One or two words for completion and docs/query.md: what the field holds. */
  readonly help: string;
  /** Other names before the colon, in lower case. */
  readonly aliases?: readonly string[];
  /** Words without a colon are looked for in it. Where it is left out: in texts and addresses. */
  readonly words?: boolean;
  /** Its value changes as time goes by, without a change of the row. Ages and times left always do. */
  readonly timed?: true;
}

/**
 * What a query may name of a row, with the type that decides how values are written and compared (docs/query.md). Times
 * are milliseconds since the epoch; null is not known and matches nothing.
 */
export type Field<T> = Described &
  (
    | { readonly kind: 'text'; of(row: T, now: number): string | null }
    /** Several texts, one of which has to match. */
    | { readonly kind: 'texts'; of(row: T, now: number): readonly string[] }
    | { readonly kind: 'address'; of(row: T, now: number): string | null }
    | { readonly kind: 'number'; of(row: T, now: number): number | null }
    /** Ranges of numbers, their ends included, one of which has to overlap. */
    | { readonly kind: 'ranges'; of(row: T, now: number): readonly (readonly [number, number])[] }
    /** How long ago the time is that `of` gives. */
    | { readonly kind: 'age'; of(row: T, now: number): number | null }
    /** How far off the time is that `of` gives; below 0 when it is over. */
    | { readonly kind: 'left'; of(row: T, now: number): number | null }
    /** Milliseconds. */
    | { readonly kind: 'duration'; of(row: T, now: number): number | null }
    | { readonly kind: 'time'; of(row: T, now: number): number | null }
    /** One of few values, in lower case. */
    | {
        readonly kind: 'one-of';
        readonly values: readonly string[];
        of(row: T, now: number): string | null;
        /** Further ones of the values that hold of the row too. */
        also?(row: T, now: number): readonly string[];
      }
  );

export type FieldKind = Field<never>['kind'];

/** The fields of one table by their names, which are letters and hyphens in lower case. */
export type Fields<T> = Readonly<Record<string, Field<T>>>;

/** Whether words without a colon are looked for in the field. */
export function takesWords<T>(field: Field<T>): boolean {
  return field.words ?? (field.kind === 'text' || field.kind === 'texts' || field.kind === 'address');
}

/** The field of a name or of another name for it. */
export function fieldNamed<T>(fields: Fields<T>, name: string): Field<T> | undefined {
  if (Object.hasOwn(fields, name)) return fields[name];
  return Object.values(fields).find((field) => field.aliases?.includes(name));
}

/** A field that is yes or no. */
export function yesOrNo<T>(
  help: string,
  of: (row: T, now: number) => boolean | null,
): Field<T> & { kind: 'one-of' } {
  return {
    kind: 'one-of',
    help,
    values: ['yes', 'no'],
    of: (row, now) => {
      const is = of(row, now);
      return is === null ? null : is ? 'yes' : 'no';
    },
  };
}

/** What the values of each kind look like, for errors, completion and docs/query.md. */
export const kindExamples: Readonly<Record<FieldKind, readonly string[]>> = {
  text: ['alice', 'pc*', '"VPN USERS"', '=bob'],
  texts: ['sales', '*users', '"VPN USERS"', '=SALES'],
  address: ['10.1.2.3', '10.1.0.0/16', '10.1.2.3-10.1.2.9', 'fe80::/10', '10.1.*'],
  number: ['3', '>3', '3-5'],
  ranges: ['1300', '1300-1400', '>5000'],
  age: ['<10m', '>=1h30m', '5m-10m', '3h'],
  left: ['<30d', '>5m', '<0s'],
  duration: ['>200ms', '<1s'],
  time: ['2026-11-22', '>=2026-11-22T09:14', '09:00..10:30', '<09:14:30'],
  'one-of': [],
};
