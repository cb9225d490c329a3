export const testPrograms: { program: string; package: string }[];
export const benchPrograms: { program: string; package: string }[];
export function difference(lock: object, installed: object | null): string | null;
export function missingPackages(
  programs: readonly { program: string; package: string }[],
  env: NodeJS.ProcessEnv,
): string[];
