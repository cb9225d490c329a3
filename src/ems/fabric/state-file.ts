import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { LockError, replacePrivateFile } from '../../private-file.ts';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import type { PinMode } from '../pin.ts';
import { fabricLimits } from './limits.ts';
import { hasExactly, isRow } from './settings.ts';

const version = 1;

/** What was taken over from the root, so that it can be told from what a person did here. */
export interface TakenPin {
  readonly connector: string;
  readonly sha256: string;
  readonly mode: PinMode;
}

/**
 * What this instance remembers of its Fabric: the last document that it published or applied, whole, so that its signature
 * can be looked at again; and what of the trust store came from the root.
 */
export interface FabricState {
  readonly document: { readonly text: string; readonly at: number } | null;
  readonly pins: readonly TakenPin[];
  /** SHA-256 of CAs, lower-case hexadecimal. */
  readonly authorities: readonly string[];
}

export const emptyState: FabricState = { document: null, pins: [], authorities: [] };

/** The state cannot be read or written. Without it an old document could be played back, so nothing is taken. */
export class FabricStateError extends Error {
  readonly problem: Problem;

  constructor(path: string, reason: string, code: string | null = null) {
    super(`Fabric state ${safeText(path)} ${reason}`);
    this.name = 'FabricStateError';
    this.problem = {
      stage: 'fabric',
      code,
      message: this.message,
      cause: 'It holds the revision in force, without which an old document could be played back.',
      fix: [
        'Let the user that runs fabrictop read and write the file and its directory.',
        'When it is damaged, restore it from a copy, or move it away to begin anew.',
      ],
    };
  }
}

/** @throws FabricStateError when it exists and cannot be read */
export function readState(path: string): FabricState {
  const text = readText(path);
  if (text === null) return emptyState;
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {}
  const state = isRow(json) ? stateOf(json) : null;
  if (state === null) throw new FabricStateError(path, 'is damaged, or was written by another release');
  return state;
}

/** @throws FabricStateError */
export function writeState(path: string, state: FabricState): void {
  const document = state.document && {
    text: state.document.text,
    at: new Date(state.document.at).toISOString(),
  };
  try {
    replacePrivateFile(path, `${JSON.stringify({ version, ...state, document }, null, 2)}\n`);
  } catch (error) {
    throw stateFailure(path, error);
  }
}

/** What went wrong around the file, as an error that a person can read. */
export function stateFailure(path: string, error: unknown): FabricStateError {
  if (error instanceof FabricStateError) return error;
  if (error instanceof LockError) return new FabricStateError(path, 'is held by another process', 'EBUSY');
  const code = (error as NodeJS.ErrnoException).code ?? null;
  return new FabricStateError(path, `cannot be written (${code ?? 'unknown reason'})`, code);
}

function readText(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new FabricStateError(path, `cannot be read (${code})`, code);
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw new FabricStateError(path, 'is not a regular file');
    if ((status.mode & 0o022) !== 0)
      throw new FabricStateError(
        path,
        'can be changed by group or others: check it, then run chmod 600 on it',
      );
    if (status.size > 3 * fabricLimits.document) throw new FabricStateError(path, 'is too long');
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function stateOf(json: Record<string, unknown>): FabricState | null {
  if (json['version'] !== version || !hasExactly(json, ['authorities', 'document', 'pins', 'version']))
    return null;
  const { document, pins, authorities } = json as { document: unknown; pins: unknown; authorities: unknown };
  if (!Array.isArray(pins) || !pins.every(isTakenPin)) return null;
  if (!Array.isArray(authorities) || !authorities.every((each) => typeof each === 'string')) return null;
  if (document === null) return { document, pins, authorities: authorities as string[] };
  if (!isRow(document) || typeof document['text'] !== 'string') return null;
  const at = Date.parse(String(document['at']));
  if (Number.isNaN(at)) return null;
  return { document: { text: document['text'], at }, pins, authorities: authorities as string[] };
}

function isTakenPin(row: unknown): row is TakenPin {
  if (!isRow(row)) return false;
  const { connector, sha256, mode } = row as Record<string, unknown> & Record<keyof TakenPin, unknown>;
  const named = typeof connector === 'string' && typeof sha256 === 'string';
  return named && (mode === 'ca-cn' || mode === 'fingerprint');
}
