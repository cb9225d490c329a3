/** Turns of the event loop, each of which reads a few dozen datagrams, that are brought together at most. */
const mostTurnsGathered = 8;

/**
 * Brings together what comes within a few turns of the event loop, so that a storm is handed on in large pieces and a
 * single event at once: `hand` is called when a whole turn brought nothing more, or after eight of them.
 */
export class Gathering {
  readonly #hand: () => void;
  #turn: NodeJS.Immediate | null = null;
  #turns = 0;
  #grew = false;

  constructor(hand: () => void) {
    this.#hand = hand;
  }

  /** Something came that is to be handed on. */
  add(): void {
    this.#grew = true;
    this.#turn ??= setImmediate(() => this.#next());
  }

  /** The work was handed on already, or is given up. */
  clear(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    this.#turns = 0;
    this.#grew = false;
  }

  #next(): void {
    this.#turn = null;
    this.#turns += 1;
    if (this.#grew && this.#turns < mostTurnsGathered) {
      this.#grew = false;
      this.#turn = setImmediate(() => this.#next());
      return;
    }
    this.clear();
    this.#hand();
  }
}
