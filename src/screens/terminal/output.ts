import type { WriteStream } from 'node:tty';
import { safeText } from '../../safe-text.ts';

/** What the dashboard asks of the stream to the terminal. */
export interface Output {
  /** The terminal has not taken yet what was written: painting more would only queue it. */
  isBehind(): boolean;
  /** Whether a write waits for the terminal. It must before the program ends, so that the last bytes arrive. */
  block(on: boolean): void;
  /** The terminal takes nothing any more: what is still written at the end, to standard error too, waits no longer. */
  abandon(): void;
  /**
   * Puts a text into the clipboard of whoever sits at the terminal, by OSC 52: works through SSH as well.
   * @returns false when the text is longer than terminals take
   */
  copy(text: string): boolean;
  /** The bell, or a notification of the desktop with one line of text (OSC 9), where the terminal knows it. */
  signal(kind: 'bell' | 'osc9', text: string): void;
  /** Asks the terminal to tell of clicks and the wheel (modes 1000 and 1006), or to stop that. Says it once. */
  mouse(on: boolean): void;
  /**
   * To be called before Ink takes the terminal: it paints its first line where the cursor stands, which is not the first
   * column when keys were typed ahead and echoed.
   */
  toFirstColumn(): void;
  /** Gives the stream back. A terminal that went away stays ours, so that what is still written to it harms nothing. */
  close(): void;
}

interface Handle {
  setBlocking?: (on: boolean) => void;
}

// Terminals ignore longer ones.
const longestClipboard = 74_994;
const longestNotification = 200;

/**
 * Keeps a slow terminal from stopping the program: on Linux a write to a terminal waits until it is taken, which a
 * stalled SSH connection does not do for minutes. The switch is not documented, so its absence only loses that.
 * `onGone` is called when the terminal went away (EIO), which is the end of the dashboard and no error of it.
 */
export function openOutput(stdout: WriteStream, onGone: () => void): Output {
  let gone = false;
  let mouse = false;
  const onError = (): void => {
    gone = true;
    onGone();
  };
  const others = stdout.listeners('error') as ((error: Error) => void)[];
  for (const listener of others) stdout.off('error', listener);
  stdout.on('error', onError);
  const block = (on: boolean): void => setBlocking(stdout, on);
  block(false);
  return {
    isBehind: () => stdout.writableNeedDrain,
    block,
    abandon: () => setBlocking(process.stderr, false),
    copy(text) {
      const encoded = Buffer.from(text).toString('base64');
      if (encoded.length > longestClipboard) return false;
      stdout.write(`\x1b]52;c;${encoded}\x07`);
      return true;
    },
    signal(kind, text) {
      // Some terminals take a number and a semicolon at the start for another command.
      stdout.write(
        kind === 'bell' ? '\x07' : `\x1b]9;fabrictop: ${safeText(text).slice(0, longestNotification)}\x07`,
      );
    },
    mouse(on) {
      if (on === mouse) return;
      mouse = on;
      stdout.write(on ? '\x1b[?1000h\x1b[?1006h' : '\x1b[?1006l\x1b[?1000l');
    },
    toFirstColumn: () => void stdout.write('\r'),
    close() {
      if (gone) return;
      stdout.off('error', onError);
      for (const listener of others) stdout.on('error', listener);
    },
  };
}

function setBlocking(stream: WriteStream, on: boolean): void {
  const handle = (stream as unknown as { _handle?: Handle | null })._handle;
  if (typeof handle?.setBlocking === 'function') handle.setBlocking(on);
}
