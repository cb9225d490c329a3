import { longestShared } from './limits.ts';

/** Gives one and the same string for equal texts, so that the rows of a large table hold each once. */
export class SharedTexts {
  readonly #texts = new Map<string, string>();
  readonly #most: number;

  /** At most so many different texts are known; with one more it begins anew. */
  constructor(most: number) {
    this.#most = most;
  }

  share(text: string): string {
    if (text.length > longestShared) return text;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= this.#most) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}
