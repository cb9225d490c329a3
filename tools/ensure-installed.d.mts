export type Needed = { program: string; package: string } | { file: string; package: string };
export const testPrograms: Needed[];
export const benchPrograms: Needed[];
export function difference(lock: object, installed: object | null): string | null;
export function missingPackages(programs: readonly Needed[], env: NodeJS.ProcessEnv): string[];
