import type { Clock } from '../../../../clock.ts';

/** How long a server may take to repeat itself; those that are asked tend to give up within half a minute. */
const remembered = 30_000;
const mostRemembered = 32_768;

/**
 * The requests that were answered a short while ago, so that one whose answer got lost is answered again and not counted
 * again (RFC 2866 section 3, RFC 5080 section 2.2.2). A request is the same when its sender, identifier and authenticator
 * are.
 */
export class AnsweredRequests {
  readonly #clock: Clock;
  // In the order in which they came: the first one is the next to be forgotten.
  readonly #answers = new Map<string, { authenticator: Buffer; answer: Buffer; until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer that was given, or null. */
  find(sender: string, identifier: number, authenticator: Buffer): Buffer | null {
    const known = this.#answers.get(`${sender} ${identifier}`);
    if (!known || this.#clock.now() >= known.until || !known.authenticator.equals(authenticator)) return null;
    return known.answer;
  }

  keep(sender: string, identifier: number, authenticator: Buffer, answer: Buffer): void {
    const now = this.#clock.now();
    for (const [key, { until }] of this.#answers) {
      if (now < until && this.#answers.size < mostRemembered) break;
      this.#answers.delete(key);
    }
    const key = `${sender} ${identifier}`;
    this.#answers.delete(key);
    this.#answers.set(key, {
      // Both may share their memory with a larger one.
      authenticator: Buffer.from(authenticator),
      answer,
      until: now + remembered,
    });
  }
}
