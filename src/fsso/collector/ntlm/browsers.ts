/** True where NTLM is offered to this browser: its `User-Agent` holds one of the texts, or none is given, which means all. */
export function isEnabledBrowser(userAgent: string, enabled: readonly string[]): boolean {
  if (enabled.length === 0) return true;
  const found = userAgent.toLowerCase();
  return enabled.some((text) => found.includes(text.toLowerCase()));
}
