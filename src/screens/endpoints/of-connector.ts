import { quoted } from '../../query/tree.ts';

/** The filter that `e` sets: the endpoints of exactly this connector. */
export function ofConnector(name: string): string {
  return `connector:=${quoted(name)}`;
}
