/** Why a collector does not vouch for an entry, in words, by the names that it has for that (docs/control.md, A collector). */
const words: Readonly<Record<string, string>> = {
  'workstation-unknown': 'its workstation could not be asked, or its answer said nothing of the user',
};

/** A doubt as people read it; one with an unknown name as it came. */
export function doubtWords(doubt: string): string {
  return Object.hasOwn(words, doubt) ? (words[doubt] ?? doubt) : doubt.replaceAll('-', ' ');
}
