import { readFileSync } from 'node:fs';
import { type IPty, spawn } from '@lydell/node-pty';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import xterm from '@xterm/headless';

export interface PtyOptions {
  columns: number;
  rows: number;
  /** Over PATH, HOME, LANG, TZ and TERM, which every screen gets; nothing else of this process's environment. */
  env?: Record<string, string>;
  cwd?: string;
}

const waitLimitMs = 20_000;
const lookEachMs = 20;
const quietTicks = 5;
const quietTickMs = 10;
const synchronizedUpdate = 2026;
// Keys in a row that paint nothing before the program counts as unable to write.
const stillPresses = 25;
// Bytes that another screen takes at least; less is what the program writes to its sockets meanwhile.
const leastFrame = 500;

/** A program in a real pseudo-terminal, its output read by a terminal emulator that nobody here wrote. */
export class PtyScreen {
  readonly terminal: xterm.Terminal;
  /** Bytes that the program has written so far. */
  bytes = 0;
  /** What the program did to the terminal beyond its cells: window titles, clipboards (OSC 52) and bells. */
  readonly effects: string[] = [];
  readonly #pty: IPty;
  #exit: { exitCode: number; signal?: number } | null = null;
  #raw = '';
  // Between the marks of a synchronized update: half of the screen may still be the frame before.
  #isMidFrame = false;

  constructor(file: string, args: string[], options: PtyOptions) {
    this.terminal = new xterm.Terminal({
      cols: options.columns,
      rows: options.rows,
      allowProposedApi: true,
      scrollback: 0,
    });
    this.terminal.loadAddon(new Unicode11Addon());
    this.terminal.unicode.activeVersion = '11';
    this.#pty = spawn(file, args, {
      name: options.env?.['TERM'] ?? 'xterm-256color',
      cols: options.columns,
      rows: options.rows,
      cwd: options.cwd ?? process.cwd(),
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '/',
        LANG: 'C.UTF-8',
        TZ: 'UTC',
        TERM: 'xterm-256color',
        ...options.env,
      },
    });
    this.#pty.onData((text) => {
      this.bytes += Buffer.byteLength(text);
      this.#raw += text;
      this.terminal.write(text);
    });
    // What the emulator answers to a query goes back to the program, as from a real terminal.
    this.terminal.onData((text) => this.#exit ?? this.#pty.write(text));
    this.terminal.onTitleChange((title) => this.effects.push(`title ${title}`));
    this.terminal.onBell(() => this.effects.push('bell'));
    this.terminal.parser.registerOscHandler(52, (data) => this.effects.push(`clipboard ${data}`) > 0);
    for (const final of ['h', 'l'])
      this.terminal.parser.registerCsiHandler({ prefix: '?', final }, ([mode]) => {
        if (mode === synchronizedUpdate) this.#isMidFrame = final === 'h';
        return false;
      });
    this.#pty.onExit((exit) => {
      this.#exit = exit;
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Everything the program wrote, with its escape sequences. */
  get raw(): string {
    return this.#raw;
  }

  /** The screen, a line each, without trailing blanks. */
  lines(): string[] {
    const buffer = this.terminal.buffer.active;
    return Array.from({ length: this.terminal.rows }, (_, row) =>
      (buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** The text in the cells of one line, from a column up to another, both from 0. */
  cells(row: number, from: number, to: number): string {
    const buffer = this.terminal.buffer.active;
    return buffer.getLine(buffer.viewportY + row)?.translateToString(false, from, to) ?? '';
  }

  /** The terminal is as a shell expects it: the ordinary screen, the cursor shown, pasted text unmarked, no word of the mouse. */
  get isRestored(): boolean {
    const { buffer, modes } = this.terminal;
    const cursor = this.#raw.lastIndexOf('\x1b[?25h') >= this.#raw.lastIndexOf('\x1b[?25l');
    const quiet = !modes.bracketedPasteMode && modes.mouseTrackingMode === 'none';
    return buffer.active.type === 'normal' && cursor && quiet;
  }

  /** Writes to the screen behind the program's back, as `wall` does. */
  scribble(text: string): Promise<void> {
    return new Promise((resolve) => this.terminal.write(text, resolve));
  }

  /**
   * Stops reading, as a stalled SSH connection does, and presses a key that paints much, at least every other time,
   * until the program can write no more. Linux only.
   */
  async stall(key: string): Promise<void> {
    const written = () => Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${this.pid}/io`, 'utf8'))?.[1]);
    this.#pty.pause();
    for (let still = 0; still < stillPresses; ) {
      const before = written();
      this.type(key);
      await pause(lookEachMs);
      still = written() - before < leastFrame ? still + 1 : 0;
    }
  }

  /** The other end goes away, as when an SSH connection ends. */
  hangUp(): void {
    (this.#pty as unknown as { destroy(): void }).destroy();
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.#pty.pid, signal);
  }

  /** Waits until a whole frame on the screen matches; fails with the screen in the message. Limit in milliseconds. */
  async waitFor(pattern: RegExp | ((text: string) => boolean), limit = waitLimitMs): Promise<string> {
    const matches = pattern instanceof RegExp ? (text: string) => pattern.test(text) : pattern;
    const end = Date.now() + limit;
    for (;;) {
      const text = this.text();
      if (!this.#isMidFrame && matches(text)) return text;
      if (Date.now() > end || this.#exit) {
        const state = this.#exit ? `the program left with ${this.#exit.exitCode}` : `${limit} ms passed`;
        throw new Error(`no ${pattern} on the screen: ${state}\n${text}`);
      }
      await pause(lookEachMs);
    }
  }

  /** Waits for the end and for the last bytes, which may come after it is reported. */
  async exit(limit = waitLimitMs): Promise<{ exitCode: number; signal?: number }> {
    const end = Date.now() + limit;
    while (!this.#exit) {
      if (Date.now() > end) throw new Error(`the program has not left after ${limit} ms\n${this.text()}`);
      await pause(lookEachMs);
    }
    for (let quiet = 0, seen = this.bytes; quiet < quietTicks; quiet += 1) {
      await pause(quietTickMs);
      if (this.bytes !== seen) {
        seen = this.bytes;
        quiet = 0;
      }
    }
    await new Promise<void>((resolve) => this.terminal.write('', resolve));
    return this.#exit;
  }

  /** Ends the program if it still runs; for the end of a test. */
  close(): void {
    if (!this.#exit) this.#pty.kill('SIGKILL');
    this.terminal.dispose();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
