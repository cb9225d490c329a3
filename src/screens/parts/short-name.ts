/** The common name of a distinguished name, or all of it where it has none. */
export function shortName(name: string): string {
  return /(?:^|, )CN = ([^,]+)/.exec(name)?.[1] ?? name;
}
