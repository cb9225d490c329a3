import * as z from 'zod';

// Every leaf says what it expects, range included; loading adds where the value stands and what was found there.

export function wholeNumber(from: number, to: number) {
  const expected = `expected a whole number from ${from} to ${to}`;
  return z.int(expected).min(from, expected).max(to, expected);
}

export function text(longest: number) {
  const expected = `expected text of 1 to ${longest} characters`;
  return z.string(expected).min(1, expected).max(longest, expected);
}

export const addressExpected = 'expected an IPv4 or IPv6 address, or a network such as 10.0.0.0/24';
export const onOff = z.enum(['enable', 'disable']);
export const port = wholeNumber(1, 65535);
/** 0 lets the system choose; the log line `listening` names the port. */
export const listeningPort = wholeNumber(0, 65535);
export const sourceIp = z
  .ipv4('expected an IPv4 address of this machine, or 0.0.0.0 for any')
  .default('0.0.0.0');
export const groupList = z.array(text(511));
export const path = text(4096);

export function host(longest: number) {
  const expected = `expected a host name or address of at most ${longest} characters, without https:// and without a port`;
  return z
    .string(expected)
    .max(longest, expected)
    .regex(/^(?:[\p{L}\p{N}_](?:[\p{L}\p{N}._-]*)|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/u, expected)
    .refine((value) => !/^[^:]*:[^:]*$/.test(value), expected);
}

const commandExpected = 'expected a program and its arguments as a list';

/** Said for a literal, an unknown source and a mistyped one alike. The value found is never repeated. */
export const secretExpected =
  'a secret is never a literal: use { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT, ...] }';

/** Never a literal: the environment, a private file or a command gives the secret. */
export const secretSchema = z.union(
  [
    z.strictObject({ env: text(255) }),
    z.strictObject({ file: path }),
    z.strictObject({ command: z.array(z.string(), commandExpected).min(1, commandExpected) }),
  ],
  secretExpected,
);

export type Secret = z.infer<typeof secretSchema>;
