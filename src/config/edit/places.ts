import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { ConfigError } from '../error.ts';

// Where things stand in a text: offsets that the YAML parser found.

export const byHand = 'the file is written in a way that only an editor can change: edit it by hand';

export function refuse(reason: string): never {
  throw new ConfigError([reason]);
}

export function keyOf(key: unknown): string | null {
  return isScalar(key) ? String(key.value) : null;
}

export function startOf(node: unknown): number {
  return isNode(node) && node.range ? node.range[0] : refuse(byHand);
}

export function endOf(node: unknown): number {
  return isNode(node) && node.range ? node.range[1] : refuse(byHand);
}

/** Where the last character of a node is, without the comments and blank lines that follow it. */
export function contentEnd(node: unknown): number {
  if (isMap<Node, Node | null>(node) && !node.flow) {
    const last = node.items.at(-1);
    return last ? pairEnd(last) : endOf(node);
  }
  if (isSeq<Node>(node) && !node.flow) return contentEnd(node.items.at(-1) ?? refuse(byHand));
  if (isAlias(node) || isNode(node)) return endOf(node);
  return refuse(byHand);
}

export function pairEnd({ key, value }: Pair<Node, Node | null>): number {
  return value === null ? endOf(key) : Math.max(endOf(key), contentEnd(value));
}
