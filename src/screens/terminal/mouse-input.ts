import { type MouseEvent, MouseReader } from '../input/mouse.ts';

/**
 * Takes what a mouse did out of a terminal's input before Ink reads it: Ink drops every sequence that is no key. Returns what
 * gives the stream back as it was.
 */
export function watchMouse(stdin: NodeJS.ReadStream, onEvent: (event: MouseEvent) => void): () => void {
  const reader = new MouseReader();
  const read = stdin.read;
  stdin.read = function readWithoutMouse(size?: number): unknown {
    const chunk: unknown = read.call(this, size);
    if (typeof chunk !== 'string') return chunk;
    const { rest, events } = reader.read(chunk);
    // Not from within the reading: what is painted by it may read again.
    for (const event of events) queueMicrotask(() => onEvent(event));
    return rest;
  };
  return () => {
    stdin.read = read;
  };
}
