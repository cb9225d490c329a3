import type { CollectorRow, ConnectorRow, EmsState, EventLevel, LinkState } from '../../state/changes.ts';
import { healthySilenceMs } from './coarse.ts';
import type { Tone } from './columns.ts';

/** How a state is written: `mark` and `word` say it without colour. */
export interface StateWord {
  /** `+` up, `~` on its way, `!` a person has to act, `x` down, `-` off. */
  readonly mark: '+' | '~' | '!' | 'x' | '-';
  readonly word: string;
  readonly tone: Tone;
}

const emsStateWords: Readonly<Record<EmsState, StateWord>> = {
  disabled: { mark: '-', word: 'disabled', tone: 'muted' },
  resolving: { mark: '~', word: 'resolving the name', tone: 'accent' },
  tls: { mark: '~', word: 'TLS handshake', tone: 'accent' },
  'certificate-unknown-ca': { mark: 'x', word: 'CA not known', tone: 'bad' },
  'certificate-not-accepted': { mark: '!', word: 'not accepted yet', tone: 'warn' },
  'certificate-changed': { mark: '!', word: 'certificate changed', tone: 'bad' },
  registering: { mark: '~', word: 'registering', tone: 'accent' },
  'pending-authorization': { mark: '!', word: 'not authorised', tone: 'warn' },
  connected: { mark: '+', word: 'connected', tone: 'good' },
  'out-of-sync': { mark: '!', word: 'out of sync', tone: 'warn' },
  dirty: { mark: '!', word: 'other serial number', tone: 'bad' },
  failed: { mark: 'x', word: 'failed', tone: 'bad' },
};

/** A chain that leads to an installed CA, or would, but is expired, not valid yet or damaged: no CA is missing. */
const chainNotValid: StateWord = { mark: 'x', word: 'chain not valid', tone: 'bad' };

/** The word of an EMS connector. */
export function emsWord({ state, chainInvalid }: Pick<ConnectorRow, 'state' | 'chainInvalid'>): StateWord {
  return state === 'certificate-unknown-ca' && chainInvalid === true ? chainNotValid : emsStateWords[state];
}

/** All words of EMS connectors, as a query asks for them. */
export const emsWords: readonly string[] = wordsOf({ ...emsStateWords, chainNotValid });

export const linkStateWords: Readonly<Record<LinkState, StateWord>> = {
  idle: { mark: '-', word: 'idle', tone: 'muted' },
  connecting: { mark: '~', word: 'connecting', tone: 'accent' },
  securing: { mark: '~', word: 'TLS handshake', tone: 'accent' },
  'waiting-hello': { mark: '~', word: 'waits for hello', tone: 'accent' },
  'hello-sent': { mark: '~', word: 'authenticating', tone: 'accent' },
  online: { mark: '+', word: 'online', tone: 'good' },
  refused: { mark: 'x', word: 'refused', tone: 'bad' },
  stalled: { mark: 'x', word: 'stalled', tone: 'bad' },
  lost: { mark: 'x', word: 'lost', tone: 'bad' },
  failed: { mark: 'x', word: 'failed', tone: 'bad' },
  standby: { mark: '-', word: 'standby', tone: 'plain' },
};

/** Online, but it missed its keepalive. */
export const silent: StateWord = { mark: '!', word: 'silent', tone: 'warn' };

/** The word of a link. One that is online but missed its keepalive is on its way to being lost, and says so before. */
export function linkWord({ state, lastHeard }: CollectorRow, now: number): StateWord {
  const isSilent = state === 'online' && lastHeard !== null && now - lastHeard >= healthySilenceMs;
  return isSilent ? silent : linkStateWords[state];
}

export const eventLevelTones: Readonly<Record<EventLevel, Tone>> = {
  info: 'muted',
  notice: 'plain',
  warning: 'warn',
  error: 'bad',
};

/** All words of a table of states, in lower case and each once: what a query may ask for. */
export function wordsOf(states: Readonly<Record<string, StateWord>>): readonly string[] {
  return [...new Set(Object.values(states).map(({ word }) => word.toLowerCase()))];
}

/** Mark and word of a state, as a cell shows them. */
export function stateText({ mark, word }: StateWord): string {
  return `${mark} ${word}`;
}
