import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { safeText } from '../../safe-text.ts';
import type { RunningDashboard } from './client.ts';

/** What tells one running dashboard from another; what is not given does not matter. */
export interface Wanted {
  /** Path of its configuration. */
  readonly configuration?: string | undefined;
  /** One of its FSSO connectors. */
  readonly connector?: string | undefined;
  readonly pid?: number | undefined;
}

/** The only dashboard that is meant, or one line that says why there is none or which there are. */
export function chooseDashboard(
  dashboards: readonly RunningDashboard[],
  silent: number,
  wanted: Wanted,
): RunningDashboard | string {
  const { configuration, connector, pid } = wanted;
  const file = configuration === undefined ? undefined : realPath(configuration);
  const meant = dashboards.filter(
    (each) =>
      (file === undefined || realPath(each.configuration) === file) &&
      (connector === undefined || each.connectors.includes(connector)) &&
      (pid === undefined || each.pid === pid),
  );
  const [first, second] = meant;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined)
    return `${meant.length} dashboards are running (${meant.map(nameOf).join('; ')}): name one with --config or --pid`;
  const more = silent > 0 ? `; ${silent} did not answer: suspended, or of another version` : '';
  if (dashboards.length === 0) return `no dashboard of this user is running${more}`;
  const asked = [
    ...(configuration === undefined ? [] : [`on ${safeText(configuration)}`]),
    ...(connector === undefined ? [] : [`with an FSSO connector "${safeText(connector)}"`]),
    ...(pid === undefined ? [] : [`with process id ${pid}`]),
  ];
  const others = `running: ${dashboards.map(nameOf).join('; ')}`;
  return `no dashboard ${asked.join(' ')} is running (${others})${more}`;
}

/** `process 4711, /etc/fabrictop/config.yaml`. */
export function nameOf({ pid, configuration }: Pick<RunningDashboard, 'pid' | 'configuration'>): string {
  return `process ${pid}, ${safeText(configuration)}`;
}

/** A file that was removed meanwhile still has its name. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
