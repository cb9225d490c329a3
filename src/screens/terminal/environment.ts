/** What the environment says about the terminal. */
export interface TerminalTraits {
  readonly colour: boolean;
  readonly ascii: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Colour unless NO_COLOR, ASCII unless the locale is UTF-8. `bin/main.ts` has turned NO_COLOR into FORCE_COLOR=0. */
export function terminalTraits(env: Environment): TerminalTraits {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    colour: !env['NO_COLOR'] && env['FORCE_COLOR'] !== '0',
    ascii: !/utf-?8/i.test(locale),
  };
}

/** Why there can be no dashboard here; null when there can. */
export function whyNoDashboard(env: Environment, stdin: boolean, stdout: boolean): string | null {
  const instead =
    'for scripts there are: fabrictop ems status, fabrictop fsso list, fabrictop fsso server-status';
  if (!stdin || !stdout) return `the dashboard needs a terminal; ${instead}`;
  if (env['TERM'] === 'dumb') return `the dashboard cannot be drawn on TERM=dumb; ${instead}`;
  return null;
}
