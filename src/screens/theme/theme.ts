import type { TextProps } from 'ink';
import type { Tone } from '../parts/columns.ts';
import type { Ellipsis } from '../text/width.ts';

export type TonedProps = Pick<
  TextProps,
  'color' | 'backgroundColor' | 'bold' | 'dimColor' | 'italic' | 'underline' | 'inverse'
>;

/**
 * One skin: Ink properties for each tone, and the characters that lines are drawn with. A tone never carries meaning
 * alone: a word or a mark says the same, because colour is absent under NO_COLOR and on many consoles.
 */
export interface Theme {
  readonly tones: Readonly<Record<Tone, TonedProps>>;
  /** The row under the cursor, which also carries a `>`. */
  readonly cursor: TonedProps;
  readonly ascii: boolean;
  readonly ellipsis: Ellipsis;
  /** One cell of a rule across the screen. */
  readonly rule: string;
  /** Ink's name of a border. */
  readonly border: 'single' | 'classic';
}

// The sixteen ANSI names, so that the palette of the user's own terminal decides what they look like.
const ansiTones: Theme['tones'] = {
  plain: {},
  title: { bold: true },
  muted: { dimColor: true },
  good: { color: 'green' },
  warn: { color: 'yellow' },
  bad: { color: 'red', bold: true },
  mark: { color: 'magenta', bold: true },
  accent: { color: 'cyan' },
};

// For terminals whose plain colours, or whose dim text, are hard to read on their background.
const brightTones: Theme['tones'] = {
  plain: {},
  title: { bold: true },
  muted: {},
  good: { color: 'greenBright' },
  warn: { color: 'yellowBright' },
  bad: { color: 'redBright', bold: true },
  mark: { color: 'magentaBright', bold: true },
  accent: { color: 'cyanBright' },
};

// Weight in place of colour.
const monoTones: Theme['tones'] = {
  plain: {},
  title: { bold: true },
  muted: { dimColor: true },
  good: {},
  warn: { bold: true },
  bad: { bold: true },
  mark: { bold: true },
  accent: {},
};

/** What a user may choose of a theme: how the tones and the row under the cursor look. */
export type Skin = Pick<Theme, 'tones' | 'cursor'>;

const cursor: TonedProps = { inverse: true };

/** The skins that fabrictop comes with; `ui.skin` and `:skin` choose one, or a file. */
export const skins = {
  ansi: { tones: ansiTones, cursor },
  bright: { tones: brightTones, cursor },
  mono: { tones: monoTones, cursor },
} satisfies Record<string, Skin>;

export type SkinName = keyof typeof skins;

const plainTones: Theme['tones'] = {
  plain: {},
  title: {},
  muted: {},
  good: {},
  warn: {},
  bad: {},
  mark: {},
  accent: {},
};

/** Makes the theme. `colour` false is for NO_COLOR, whatever the skin; `ascii` true keeps to ASCII where the locale is not UTF-8. */
export function createTheme(options: { colour: boolean; ascii: boolean; skin?: Skin | undefined }): Theme {
  return {
    ...(options.colour ? (options.skin ?? skins.ansi) : { tones: plainTones, cursor: {} }),
    ascii: options.ascii,
    ellipsis: options.ascii ? '~' : '…',
    rule: options.ascii ? '-' : '─',
    border: options.ascii ? 'classic' : 'single',
  };
}
