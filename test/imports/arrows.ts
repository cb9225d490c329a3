import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';

/** What each folder may import, itself and packages apart (docs/architecture.md, Folders). */
const mayImport: Record<string, readonly string[]> = {
  'src/query': ['src/root'],
  'src/ems': ['src/root'],
  'src/fsso': ['src/root'],
  'src/config': ['src/root', 'src/query'],
  'src/state': ['src/root', 'src/query'],
  'src/screens': ['src/root', 'src/query', 'src/state'],
  // Of the state only the types of rows, changes and actions.
  'src/backends': [
    'src/root',
    'src/query',
    'src/ems',
    'src/fsso',
    'src/config',
    'src/state/changes',
    'src/state/actions',
  ],
  'src/lab': ['src/root', 'src/ems', 'src/fsso'],
  bin: ['src', 'package'],
  'src/root': ['package'],
};

const patterns: Record<string, string> = {
  'src/root': '^src/[^/]+[.]ts$',
  'src/state/changes': '^src/state/changes[.]ts$',
  'src/state/actions': '^src/state/actions[.]ts$',
  package: '^package[.]json$',
};

function pattern(folder: string): string {
  return patterns[folder] ?? `^${folder}/`;
}

const ours = '^(?:bin|src|test|tools)/|^package[.]json$';

/** The arrows as rules, and what else holds for imports. */
export const rules: IForbiddenRuleType[] = [
  ...Object.entries(mayImport).map(([folder, allowed]) => ({
    name: `${folder} imports only ${['itself', ...allowed].join(', ')}`,
    severity: 'error' as const,
    from: { path: pattern(folder) },
    to: { path: ours, pathNot: [folder, ...allowed].map(pattern) },
  })),
  {
    name: 'no circles',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'only bin and screens touch the terminal',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/screens/' },
    to: {
      path: '(?:^|node_modules/)(?:ink|ink-table|react|@inkjs/ui|commander)(?:/|$)|^(?:node:)?(?:tty|readline)(?:/|$)',
    },
  },
  {
    name: 'the product uses no development dependency',
    severity: 'error',
    from: { path: '^(?:bin|src)/' },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm'], pathNot: '^node_modules/@types/' },
  },
  {
    name: 'every import leads somewhere',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

/** How far a look at the sources went, and what it found. */
export interface Inspection {
  /** Modules of `bin` and `src` that were read. */
  readonly modules: string[];
  /** Imports between them, packages included. */
  readonly imports: number;
  /** `rule: from -> to`, sorted. */
  readonly violations: string[];
}

/** Reads all sources below `directory` and holds their imports to the rules. */
export async function inspect(directory: string): Promise<Inspection> {
  const { output } = await cruise(['bin', 'src'], {
    baseDir: directory,
    ruleSet: { forbidden: rules },
    validate: true,
    doNotFollow: { path: 'node_modules' },
    // Types count: an arrow that only a type follows still ties the parts together.
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'default'],
    },
  });
  const result = output as ICruiseResult;
  const own = result.modules.filter(({ source }) => /^(?:bin|src)\//.test(source));
  return {
    modules: own.map(({ source }) => source),
    imports: own.reduce((sum, module) => sum + module.dependencies.length, 0),
    violations: result.summary.violations
      .map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
      .sort(),
  };
}
