/** Message numbers, one for each credit that the server granted (MS-SMB2 3.2.4.1.2, 3.2.5.1.4). */
export class Credits {
  #available = 1;
  #next = 0n;

  get available(): number {
    return this.#available;
  }

  /** The next number; null where there is no credit. */
  take(): bigint | null {
    if (this.#available === 0) return null;
    this.#available -= 1;
    const id = this.#next;
    this.#next += 1n;
    return id;
  }

  /** More than 65,535 are of no use to anybody. */
  grant(count: number): void {
    this.#available = Math.min(this.#available + count, 0xffff);
  }
}
