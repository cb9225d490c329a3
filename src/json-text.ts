// Nearly every text from the network is its own JSON, and a busy collector writes 40,000 lines of them a second.
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** A text as JSON, as `JSON.stringify` writes it. */
export function jsonText(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}
