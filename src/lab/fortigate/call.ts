/** One call of the REST API, in one VDOM. */
export interface LabCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly vdom: string;
}

/** What a part of the FortiGate answers, before it goes into an envelope. */
export type LabAnswer = {
  readonly status: number;
  readonly results?: unknown;
  readonly error?: number;
  readonly message?: string;
};

/** A part of the API: null for a path that is not its own. */
export type LabPanel = (call: LabCall) => Promise<LabAnswer> | null;

/** The page of a list that `start` and `count` ask for; FortiOS 7.0 knows no pages here. */
export function pageOf(rows: readonly unknown[], { query }: LabCall): readonly unknown[] {
  const start = Number(query.get('start') ?? 0);
  const count = Number(query.get('count') ?? rows.length);
  return rows.slice(start, start + count);
}
