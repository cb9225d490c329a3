/** What a mouse did: a button went down, or the wheel turned by one notch. `x` and `y` are cells from the upper left, from 0. */
export interface MouseEvent {
  readonly kind: 'press' | 'wheel-up' | 'wheel-down';
  readonly x: number;
  readonly y: number;
}

// CSI < button ; column ; line M, or m when the button is let go.
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a terminal sends
const whole = /\x1b\[<(\d{1,3});(\d{1,5});(\d{1,5})([Mm])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a terminal sends
const begun = /\x1b\[<[\d;]{0,17}$/;

const motion = 32;
const wheel = 64;
/** Shift, Alt and Ctrl: what a terminal keeps for itself, or somebody means otherwise. */
const modifiers = 4 | 8 | 16;

/** Takes what a mouse did (SGR coordinates, mode 1006) out of what a terminal sends. */
export class MouseReader {
  #held = '';

  /** `rest` is what is not of the mouse. A sequence that a slow line parts is put together; nobody types such a beginning. */
  read(chunk: string): { readonly rest: string; readonly events: readonly MouseEvent[] } {
    const events: MouseEvent[] = [];
    const text = (this.#held + chunk).replace(whole, (_, code: string, x: string, y: string, end: string) => {
      const event = end === 'M' ? eventOf(Number(code), Number(x) - 1, Number(y) - 1) : null;
      if (event !== null) events.push(event);
      return '';
    });
    this.#held = begun.exec(text)?.[0] ?? '';
    return { rest: text.slice(0, text.length - this.#held.length), events };
  }
}

function eventOf(button: number, x: number, y: number): MouseEvent | null {
  if ((button & (motion | modifiers)) !== 0 || x < 0 || y < 0) return null;
  if (button === 0) return { kind: 'press', x, y };
  if (button === wheel) return { kind: 'wheel-up', x, y };
  return button === wheel + 1 ? { kind: 'wheel-down', x, y } : null;
}
