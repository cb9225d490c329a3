import { createRequire } from 'node:module';
import * as ink from 'ink';
import type { ComponentType } from 'react';

interface InkTableProps {
  readonly data: readonly Readonly<Record<string, string>>[];
  /** Blanks at both sides of a cell. */
  readonly padding?: number;
}

// ink-table is CommonJS and requires Ink, whose own modules wait at top level (yoga-layout), and Node refuses to
// require such a module. Lent the Ink that is loaded already, it works, and shares its contexts.
function load(): unknown {
  const require = createRequire(import.meta.url);
  const filename = require.resolve('ink');
  require.cache[filename] ??= {
    id: filename,
    filename,
    loaded: true,
    exports: ink,
    children: [],
    paths: [],
  } as unknown as NodeJS.Module;
  return (require('ink-table') as { default: unknown }).default;
}

/**
 * A small table that stands still. Not for lists: it measures by `String.length`, draws a rule between any two rows and
 * mounts a row anew when it changes.
 */
export const InkTable = load() as ComponentType<InkTableProps>;
