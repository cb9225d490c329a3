/** Whether a text is what was asked for, without regard to case. */
export type TextTest = (text: string) => boolean;

const ascii = /^[\x20-\x7e]*$/;

// A pattern that ignores case is faster than a copy in lower case, and leaves nothing behind. It has no repetition, so
// that no text makes it slow.
function pattern(text: string, before = '', after = ''): RegExp {
  return new RegExp(`${before}${RegExp.escape(text)}${after}`, ascii.test(text) ? 'i' : 'iu');
}

/** The text occurs. */
export function occurs(text: string): TextTest {
  const looked = pattern(text);
  return (each) => looked.test(each);
}

/** It is the whole text. */
export function isText(text: string): TextTest {
  const looked = pattern(text, '^', '$');
  return (each) => looked.test(each);
}

/** The text begins with it. */
export function begins(text: string): TextTest {
  const looked = pattern(text, '^');
  return (each) => looked.test(each);
}

/** It is the whole text, where each `*` stands for any characters or none. Linear, whatever the text. */
export function likeText(wild: string): TextTest {
  const pieces = wild.toLowerCase().split('*');
  const first = pieces.shift() ?? '';
  const last = pieces.pop();
  if (last === undefined) return isText(first);
  if (last === '' && pieces.every((piece) => piece === '')) return begins(first);
  return (each) => {
    const text = each.toLowerCase();
    if (text.length < first.length + last.length) return false;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const piece of pieces) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}
