import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { launcher } from '../e2e/fabrictop.ts';
import { PtyScreen } from './pty-screen.ts';

export interface DashboardOptions {
  /** 80 where it is left out. */
  columns?: number;
  /** 24 where it is left out. */
  rows?: number;
  env?: Record<string, string>;
}

/** The built program in a terminal, with a home and a temporary directory that no other has. */
export interface Dashboard {
  readonly screen: PtyScreen;
  readonly home: string;
  /** What lies in its temporary directory now. */
  temporary(): string[];
}

/** A directory that goes with the test. */
export function privateDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-e2e-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs a program in a terminal as `Dashboard` says; it is ended with the test. */
export function inTerminal(file: string, argv: readonly string[], options: DashboardOptions = {}): Dashboard {
  const home = privateDirectory();
  const temporary = join(home, 'tmp');
  mkdirSync(temporary);
  const { columns = 80, rows = 24, env } = options;
  const screen = new PtyScreen(file, [...argv], {
    columns,
    rows,
    env: { HOME: home, TMPDIR: temporary, ...env },
  });
  onTestFinished(() => screen.close());
  return { screen, home, temporary: () => readdirSync(temporary) };
}

/** `fabrictop` with arguments, in a terminal. */
export function openDashboard(argv: readonly string[], options?: DashboardOptions): Dashboard {
  return inTerminal(launcher, argv, options);
}

/** `fabrictop demo`, waited for until what stands still for the whole day is on the screen. */
export async function openDemo(argv: readonly string[] = [], options?: DashboardOptions): Promise<Dashboard> {
  const dashboard = openDashboard(['demo', ...argv], options);
  await dashboard.screen.waitFor(/hq .*\+ connected/);
  await dashboard.screen.waitFor(/acquired .*x CA not known/);
  await dashboard.screen.waitFor(/branch .*! not accepted yet/);
  return dashboard;
}

/** `fabrictop` on collectors on loopback, by their ports; each needs no password. */
export function openOnCollectors(ports: readonly number[], options?: DashboardOptions): Dashboard {
  return openDashboard(['--config', collectorsConfig(ports)], options);
}

/** `fabrictop` on one EMS connector that is switched off: a dashboard with a row, a network and files of nobody. */
export async function openIdle(options?: DashboardOptions): Promise<Dashboard> {
  const path = join(privateDirectory(), 'config.yaml');
  writeFileSync(path, 'ems: [{ name: idle, server: ems.example.com, status: disable }]\n');
  const dashboard = openDashboard(['--config', path], options);
  await dashboard.screen.waitFor(/^> idle .*- disabled/m);
  return dashboard;
}

/** A configuration with one connector, `corp`, and collectors on loopback that need no password. */
export function collectorsConfig(ports: readonly number[]): string {
  const path = join(privateDirectory(), 'config.yaml');
  const servers = ports.map((port) => `{ server: 127.0.0.1, port: ${port} }`);
  writeFileSync(
    path,
    `identity: { serial: FGVM010000000001 }\nfsso: [{ name: corp, servers: [${servers.join(', ')}] }]\n`,
  );
  return path;
}
