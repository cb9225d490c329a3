import { setTimeout as sleep } from 'node:timers/promises';
import { cleanup, render } from 'ink-testing-library';
import { afterEach } from 'vitest';
import { createStore } from 'zustand/vanilla';
import type { MessageInspection } from '../../src/message-trace.ts';
import type { Problem } from '../../src/problem.ts';
import type { RecordingControl } from '../../src/recording-control.ts';
import type { Replay } from '../../src/replay.ts';
import type { Controller } from '../../src/screens/controller.ts';
import { createApp } from '../../src/screens/create-app.ts';
import { type KeyTable, ownKeys } from '../../src/screens/input/key-table.ts';
import type { Look } from '../../src/screens/look.ts';
import type { Configured, Terminal } from '../../src/screens/services.ts';
import { writeExport } from '../../src/screens/terminal/write-export.ts';
import { createTheme, type Theme } from '../../src/screens/theme/theme.ts';
import type {
  ActionResult,
  Actions,
  CaOffer,
  CountOffer,
  FormOffer,
  HistoryOffer,
  WhyOffer,
} from '../../src/state/actions.ts';
import type { StoreChange } from '../../src/state/changes.ts';
import { createStores, type Stores } from '../../src/state/stores.ts';
import { ManualClock } from './manual-clock.ts';

export interface ScreenOptions {
  /** Default 80. */
  columns?: number;
  /** Default 24. */
  rows?: number;
  theme?: Theme;
  /** Default: those that fabrictop comes with. */
  keyTable?: KeyTable;
  configured?: Configured;
  /** Started with `--write`; by default not. */
  write?: boolean;
  banner?: string;
  /** What completion of paths knows. */
  paths?: readonly string[];
  /** What a file that is to be imported holds. */
  offer?: CaOffer;
  /** What a form is opened with. */
  form?: FormOffer;
  /** What the history answers; nothing by default. */
  history?: HistoryOffer;
  /** What is answered to why; that nothing can be said by default. */
  why?: WhyOffer;
  recording?: RecordingControl;
  replay?: Replay;
  /** What passes over the links; nobody looks by default. */
  inspection?: MessageInspection;
  /** Rows that are there from the start. */
  changes?: readonly StoreChange[];
  /** Keys pressed before the first look. */
  keys?: readonly string[];
}

export interface RenderedScreen {
  readonly stores: Stores;
  readonly clock: ManualClock;
  readonly controller: Controller;
  /** Calls of actions and of the terminal, in order: `acceptCertificate ems137 AB:CD`. */
  readonly calls: string[];
  /** What the next action answers; by default that it was done. */
  answer: ActionResult;
  /** What a file that is to be imported holds. */
  offer: CaOffer;
  /** What a form is opened with. */
  form: FormOffer;
  /** What the history answers. */
  history: HistoryOffer;
  /** How many logons a choice hits. */
  counts: CountOffer;
  /** What is answered to why. */
  why: WhyOffer;
  /** The screen as text, without blanks at the ends of lines. */
  text(): string;
  /** What Ink wrote last, with its colours. */
  raw(): string;
  /** Writes keys as a terminal sends them, each after the other was painted. */
  press(...keys: string[]): Promise<void>;
  /** Applies rows and paints them. */
  change(...changes: StoreChange[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
}

afterEach(cleanup);

const noForm: Problem = {
  stage: 'configuration',
  code: null,
  message: 'the configuration file cannot be read (ENOENT)',
  cause: '',
  fix: [],
};

/** What a terminal sends for keys that are no characters. */
export const keys = {
  enter: '\r',
  esc: '\x1b',
  tab: '\t',
  shiftTab: '\x1b[Z',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  pageUp: '\x1b[5~',
  pageDown: '\x1b[6~',
  home: '\x1b[H',
  end: '\x1b[F',
  backspace: '\x7f',
} as const;

export const ctrl = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) - 96);

const mostTurns = 1_000;

// A lone Esc is held back for 20 ms, because a longer sequence may follow.
const escapeMs = 40;

/** Renders the whole dashboard into a window of fixed size, with a clock that stands still and a plain theme. */
export async function renderScreen(options: ScreenOptions = {}): Promise<RenderedScreen> {
  const clock = new ManualClock();
  const stores = createStores(clock);
  const calls: string[] = [];
  const done: ActionResult = { ok: true, message: 'Done' };
  const action =
    (name: string) =>
    async (...parts: string[]): Promise<ActionResult> => {
      calls.push([name, ...parts].join(' '));
      return rendered.answer;
    };
  const actions: Actions = {
    acceptCertificate: action('acceptCertificate'),
    rejectCertificate: action('rejectCertificate'),
    readCaFile: async (file) => {
      calls.push(`readCaFile ${file}`);
      return rendered.offer;
    },
    importCa: async (certificates) => {
      calls.push(`importCa ${certificates.map((der) => Buffer.from(der).toString('latin1')).join(' ')}`);
      return rendered.answer;
    },
    removeCa: action('removeCa'),
    openConnectorForm: async (connector) => {
      calls.push(`openConnectorForm ${connector}`);
      return rendered.form;
    },
    saveConnector: async (form, values) => {
      const set = Object.entries(values).filter(([, value]) => value !== '');
      calls.push(`saveConnector ${form.connector} ${set.map(([key, value]) => `${key}=${value}`).join(' ')}`);
      return rendered.answer;
    },
    switchConnector: async (connector, on) => {
      calls.push(`switchConnector ${connector} ${on}`);
      return rendered.answer;
    },
    removeConnector: action('removeConnector'),
    refreshConnector: action('refreshConnector'),
    refreshLogons: action('refreshLogons'),
    countLogons: async (choice) => {
      calls.push(`countLogons ${JSON.stringify(choice)}`);
      return rendered.counts;
    },
    clearLogons: async (connector, choice) => {
      calls.push(`clearLogons ${connector}${choice ? ` ${JSON.stringify(choice)}` : ''}`);
      return rendered.answer;
    },
    refreshAttached: action('refreshAttached'),
    endEntry: action('endEntry'),
    clearGroups: action('clearGroups'),
    renewGroups: action('renewGroups'),
    setPollPeriod: async (collector, seconds) => {
      calls.push(`setPollPeriod ${collector} ${seconds}`);
      return rendered.answer;
    },
    disconnectFortigate: action('disconnectFortigate'),
    failBack: action('failBack'),
    askHistory: async (question) => {
      calls.push(`askHistory ${JSON.stringify(question)}`);
      return rendered.history;
    },
    askWhy: async (question) => {
      calls.push(`askWhy ${JSON.stringify(question)}`);
      return rendered.why;
    },
    acknowledgeAlert: action('acknowledgeAlert'),
    authorizeDevice: action('authorizeDevice'),
    verifyOnFortigate: action('verifyOnFortigate'),
    unverifyOnFortigate: action('unverifyOnFortigate'),
    refreshAdmin: action('refreshAdmin'),
    refreshFortigate: action('refreshFortigate'),
    readPolicies: action('readPolicies'),
    logOffOnFortigate: action('logOffOnFortigate'),
  };
  const terminal: Terminal = {
    quit: (status) => void calls.push(`quit ${status}`),
    copy: (text) => calls.push(`copy ${text}`) > 0,
    repaint: () => void calls.push('repaint'),
    suspend: () => void calls.push('suspend'),
  };
  for (const change of options.changes ?? []) stores.apply(change);
  stores.flush();
  const app = createApp({
    stores,
    actions,
    clock,
    terminal,
    look: createStore<Look>(() => ({
      theme: options.theme ?? createTheme({ colour: false, ascii: false }),
      keys: options.keyTable ?? ownKeys,
      mouse: false,
    })),
    configured: options.configured ?? { ems: 1, fsso: 1, admins: 1, fortigates: 1 },
    chooseSkin: async (name) => {
      calls.push(`chooseSkin ${name}`);
      return null;
    },
    banner: options.banner ?? '',
    write: options.write ?? false,
    inspection: options.inspection ?? null,
    recording: options.recording ?? null,
    replay: options.replay ?? null,
    writeExport,
    completePath: (begun) => (options.paths ?? []).filter((path) => path.startsWith(begun)),
    freeze: (on) => void calls.push(`freeze ${on}`),
    flushNow: () => void stores.flush(),
  });
  const { stdin, stdout, lastFrame } = render(app.element);
  const resize = async (columns: number, rows: number): Promise<void> => {
    Object.defineProperty(stdout, 'columns', { value: columns, configurable: true });
    Object.defineProperty(stdout, 'rows', { value: rows, configurable: true });
    stdout.emit('resize');
    await settle();
  };
  const rendered: RenderedScreen = {
    stores,
    clock,
    controller: app.controller,
    calls,
    answer: done,
    offer: options.offer ?? { ok: true, candidates: [] },
    history: options.history ?? { ok: true, rows: [] },
    counts: { ok: true, counts: [] },
    why: options.why ?? { ok: false, problem: noForm },
    form: options.form ?? { ok: false, problem: noForm },
    text: () => (lastFrame() ?? '').replace(/[ ]+$/gm, ''),
    raw: () => lastFrame() ?? '',
    async press(...pressed) {
      for (const key of pressed) {
        stdin.write(key);
        await sleep(key === keys.esc ? escapeMs : 0);
        await settle();
      }
    },
    async change(...changes) {
      for (const change of changes) stores.apply(change);
      stores.flush();
      await settle();
    },
    resize,
  };
  await resize(options.columns ?? 80, options.rows ?? 24);
  // Ink begins to listen some turns after its first frame; a key before that would be lost.
  for (let turn = 0; stdin.listenerCount('readable') === 0 && turn < mostTurns; turn += 1) await sleep(0);
  await rendered.press(...(options.keys ?? []));
  return rendered;

  // Painted when the last frame stays the same over two turns of the event loop.
  async function settle(): Promise<void> {
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const before = lastFrame();
      await sleep(0);
      await sleep(0);
      if (lastFrame() === before) return;
    }
    throw new Error('the screen never comes to rest');
  }
}
