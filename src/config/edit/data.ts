import { parseDocument } from 'yaml';

/** What a configuration's text says, not yet checked; null when it is no YAML. */
export function dataOf(text: string): Record<string, unknown> | null {
  const document = parseDocument(text, { prettyErrors: false, merge: true });
  if (document.errors.length > 0 || document.warnings.length > 0) return null;
  try {
    const data: unknown = document.toJS() ?? {};
    return typeof data === 'object' && !Array.isArray(data) ? (data as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
