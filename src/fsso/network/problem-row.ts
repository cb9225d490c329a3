import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';

/** Who is asked: what the text of every problem with a server may draw on. */
export interface ServerPlace {
  readonly host: string;
  readonly port: number;
}

export type Text<Place> = string | ((place: Place, detail: string) => string);

/** Stage, text, cause and fix of one way in which a server fails. */
export interface ProblemRow<Place, Scope extends string = string> {
  readonly stage: string;
  /** Whom it concerns. */
  readonly scope: Scope;
  readonly message: Text<Place>;
  readonly cause: Text<Place>;
  readonly fix: readonly Text<Place>[];
  /** A connection that had been good has ended: another one may do. */
  readonly isLoss?: boolean;
}

export const at = ({ host, port }: ServerPlace): string => `${host} port ${port}`;

/** Characters of a detail that are shown: a peer may have written it. */
const longestDetail = 300;

/** A row as people read it; `place`, `code` and `detail` may hold the peer's text, which is made safe here. */
export function problemFrom<Place>(
  { stage, message, cause, fix }: ProblemRow<Place>,
  place: Place,
  code: number | string | null,
  detail: string,
): Problem {
  const short = detail.length > longestDetail ? `${detail.slice(0, longestDetail)}…` : detail;
  const say = (text: Text<Place>) => safeText(typeof text === 'string' ? text : text(place, short));
  return {
    stage,
    code: typeof code === 'string' ? safeText(code) : code,
    message: say(message),
    cause: say(cause),
    fix: fix.map(say),
  };
}
