/** How a value is compared. Without a sign a text has to occur, and a number to be that one. */
export type Sign = '=' | '<' | '<=' | '>' | '>=';

/** One thing to look for. */
export interface Term {
  readonly kind: 'term';
  /** The name before the colon, in lower case; null for a word that stands alone. */
  readonly field: string | null;
  readonly sign: Sign | null;
  readonly value: string;
  /** It stood in quotes: a `*` in it is a star. */
  readonly quoted: boolean;
}

/** A query as it was understood: `all` and `any` have two parts or more, and none of their own kind. */
export type Node =
  | Term
  | { readonly kind: 'not'; readonly part: Node }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Node[] };

/** A text in quotes, as a query takes it: `"VPN USERS"`. A quotation mark in it is written twice. */
export function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** The query as a text that is read as the same query again. Empty for null. */
export function printQuery(node: Node | null): string {
  return node === null ? '' : print(node);
}

function print(node: Node): string {
  switch (node.kind) {
    case 'term':
      return printTerm(node);
    case 'not':
      return `-${grouped(node.part, node.part.kind !== 'term')}`;
    case 'all':
      return node.parts.map((part) => grouped(part, part.kind === 'any' || part.kind === 'all')).join(' ');
    case 'any':
      return node.parts.map((part) => grouped(part, part.kind === 'any')).join(' or ');
  }
}

function grouped(node: Node, isGroup: boolean): string {
  return isGroup ? `(${print(node)})` : print(node);
}

function printTerm({ field, sign, value, quoted: isQuoted }: Term): string {
  return `${field === null ? '' : `${field}:`}${sign ?? ''}${isQuoted ? quoted(value) : value}`;
}
