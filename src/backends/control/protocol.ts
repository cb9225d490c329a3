import * as z from 'zod';
import type { Problem } from '../../problem.ts';

/** Bounds of the control socket; ours (docs/control.md). Octets, connections and milliseconds. */
export const controlLimits = {
  /** Of one line, its end included. */
  line: 65_536,
  connections: 8,
  /** How long a connection may say nothing while nothing is being done for it. */
  idle: 300_000,
  /** How long a dashboard may take for its greeting; a stopped one (Ctrl+Z) never answers. */
  greeting: 3_000,
  /** Of a request for all logons. */
  wait: 3_600_000,
} as const;

/** Counted up when an older program would misunderstand. */
export const controlVersion = 1;

const name = z.string().min(1).max(512);
const choiceSchema = z.strictObject({
  filter: z.string().max(4096).optional(),
  group: name.optional(),
  server: name.optional(),
  source: name.optional(),
  user: name.optional(),
});

/** One line from a command to a dashboard. */
export const requestSchema = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('hello') }),
  z.strictObject({
    ask: z.literal('refresh-logons'),
    connector: name,
    timeoutMs: z.int().min(1).max(controlLimits.wait),
  }),
  z.strictObject({ ask: z.literal('count-logons'), connector: name, choice: choiceSchema }),
  z.strictObject({ ask: z.literal('clear-logons'), connector: name, choice: choiceSchema }),
]);

const count = z.int().min(0);

/** What a dashboard answers to each. */
export const answerSchemas = {
  hello: z.object({
    version: z.int(),
    pid: z.int().min(1),
    configuration: z.string().max(controlLimits.line),
    connectors: z.array(name),
  }),
  'refresh-logons': z.object({ server: z.string(), records: count, added: count, removed: count }),
  'count-logons': z.object({ count }),
  'clear-logons': z.object({ count }),
} as const;

/** What any of them answers where it could not be done. */
export const failureSchema = z.object({
  ok: z.literal(false),
  problem: z.object({
    stage: z.string(),
    code: z.union([z.string(), z.number(), z.null()]),
    message: z.string(),
    cause: z.string(),
    fix: z.array(z.string()),
  }),
});

export type ControlRequest = z.infer<typeof requestSchema>;
export type ControlKind = ControlRequest['ask'];
export type ControlData<Kind extends ControlKind> = z.infer<(typeof answerSchemas)[Kind]>;
export type ControlAnswer<Kind extends ControlKind> =
  | ({ ok: true } & ControlData<Kind>)
  | { ok: false; problem: Problem };
