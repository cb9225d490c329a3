/** Characters of one input beyond which nobody typed them. */
const longestTyped = 200;

/**
 * Tells text that a terminal pasted without marking it from keys: by its length, and what follows such text in pieces. It would
 * be run as commands, and each of its characters painted.
 */
export class UnmarkedPaste {
  #goesOn = false;

  /** Whether this input of Ink is pasted text. */
  isPasted(input: string): boolean {
    this.#goesOn = input.length > longestTyped || (this.#goesOn && input.length > 1);
    return this.#goesOn;
  }
}
