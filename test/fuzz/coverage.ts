import { Session } from 'node:inspector';

interface Taken {
  result: {
    url: string;
    functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[];
  }[];
}

/** Which characters of some sources have ever run, by V8's own count of blocks. */
export class Coverage {
  readonly #session = new Session();
  readonly #ran = new Map<string, Uint8Array>();
  readonly #sources: string;
  /** Characters that have run. */
  reached = 0;

  constructor(sources: string) {
    this.#sources = sources;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Takes what has run since the last call: how many characters never had before. With `keep` false they still count as new. */
  take(keep = true): number {
    let fresh = 0;
    this.#session.post('Profiler.takePreciseCoverage', (_error, taken) => {
      for (const { url, functions } of (taken as Taken | undefined)?.result ?? [])
        if (url.includes(this.#sources))
          for (const { ranges } of functions) fresh += this.#mark(url, ranges, keep);
    });
    return fresh;
  }

  #mark(url: string, ranges: Taken['result'][number]['functions'][number]['ranges'], keep: boolean): number {
    const outer = ranges[0];
    if (!outer || outer.count === 0) return 0;
    let ran = this.#ran.get(url) ?? new Uint8Array(0);
    if (ran.length < outer.endOffset) {
      const longer = new Uint8Array(outer.endOffset);
      longer.set(ran);
      ran = longer;
      this.#ran.set(url, ran);
    }
    // Inner ranges follow outer ones and correct them.
    const now = new Uint8Array(outer.endOffset - outer.startOffset);
    for (const { startOffset, endOffset, count } of ranges)
      now.fill(count > 0 ? 1 : 0, startOffset - outer.startOffset, endOffset - outer.startOffset);
    let fresh = 0;
    for (let at = 0; at < now.length; at += 1)
      if (now[at] && !ran[at + outer.startOffset]) {
        fresh += 1;
        if (keep) ran[at + outer.startOffset] = 1;
      }
    if (keep) this.reached += fresh;
    return fresh;
  }
}
