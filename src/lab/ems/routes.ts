import type { IncomingHttpHeaders } from 'node:http';

/** One call as a route sees it. */
export interface LabRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** At most `longestBody` octets; more is answered with 413 before any route is asked. */
  readonly body: Buffer;
  /**
   * Common name of the client certificate, when it leads to a device root: a name alone is never a credential. Null for
   * everybody else.
   */
  readonly device: string | null;
}

export interface LabReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Sent as JSON; a string or Buffer goes out as it is. */
  readonly body: unknown;
}

/**
 * A call of the lab's EMS. The first route of the table whose method and path fit and that answers other than null has
 * it, so that a path which serves both administrators and devices can be in the table twice.
 */
export interface LabRoute {
  /** `*` is any. */
  readonly method: string;
  /** Groups of a pattern are of no concern to the server: the route matches again. */
  readonly path: string | RegExp;
  answer(request: LabRequest): LabReply | null | Promise<LabReply | null>;
}

/** Octets of a request's body. */
export const longestBody = 1_048_576;

/** The envelope of a success (docs/protocol/ems.md, Endpoints). */
export function success(data: unknown): LabReply {
  return { status: 200, body: { result: { retval: 1, message: null }, data } };
}

/** The envelope of a refusal. */
export function refusal(status: number, retval: number, message: string): LabReply {
  return { status, body: { result: { retval, message } } };
}

/** What EMS says to everybody it does not know. */
export function sessionRefusal(): LabReply {
  return refusal(401, -4, 'Session has expired or does not exist.');
}

/** The object in a JSON body; null for anything else. */
export function jsonBody(request: LabRequest): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(request.body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {}
  return null;
}
