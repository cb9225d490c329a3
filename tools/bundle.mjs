// Builds dist/: the program as few files, because loading some 600 modules one by one doubles the time to the first
// frame. What a command does not need stays in a file of its own (Ink, undici, node-forge, pino) and is not loaded.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist');

/** Ink asks for the React developer tools only when DEV is set, but the name has to resolve. */
const withoutDeveloperTools = {
  name: 'without-developer-tools',
  setup(builder) {
    builder.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'empty' }));
    builder.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

/** Ink and all others measure texts with ours, which asks the package itself only where it has to. */
const withQuickWidths = {
  name: 'with-quick-widths',
  setup(builder) {
    const ours = join(root, 'src/screens/text/string-width.ts');
    builder.onResolve({ filter: /^string-width$/ }, ({ importer }) =>
      importer === ours ? undefined : { path: ours },
    );
  },
};

const result = await build({
  absWorkingDir: root,
  // The history's thread is a program of its own beside the main one.
  entryPoints: { main: 'bin/main.ts', 'history-thread': 'src/backends/history/thread.ts' },
  outdir: 'dist',
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // ink-table is CommonJS and requires `ink` and `react` at run time: it is lent our Ink, and must share our React.
  // undici is CommonJS and loaded by `import()`, which inside a bundle would find none of its names.
  external: ['react', 'ink-table', 'undici', 'prom-client'],
  plugins: [withoutDeveloperTools, withQuickWidths],
  define: { 'process.env.NODE_ENV': '"production"' },
  // CommonJS packages inside the bundle call `require`. The long name cannot meet one of theirs.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
  chunkNames: '[name]-[hash]',
  logLevel: 'warning',
});

// File by file, so that a program that runs meanwhile finds either the old or the new one, and never half of it.
await mkdir(target, { recursive: true });
const written = new Set();
for (const { path, contents } of result.outputFiles) {
  written.add(basename(path));
  const before = await readFile(path).catch(() => null);
  if (before?.equals(contents)) continue;
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
}
for (const name of await readdir(target))
  if (!written.has(name) && !/\.\d+$/.test(name)) await rm(join(target, name), { recursive: true });
