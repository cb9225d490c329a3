import type { Pin } from '../pin.ts';
import type { FabricSettings } from './settings.ts';
import { digestOf } from './signature.ts';
import type { FabricState, TakenPin } from './state-file.ts';

/** Something that the root says and that does not count here, or not only. */
export interface FabricConflict {
  /** What it is about: a connector, a CA. */
  readonly subject: string;
  /** One line, with both sides. */
  readonly text: string;
}

/** What a signed document asks of the trust store, and what it does not get. */
export interface TrustPlan {
  readonly accept: readonly Pin[];
  /** Connectors whose pin the root gave and has withdrawn. */
  readonly forget: readonly string[];
  /** DER. */
  readonly install: readonly Buffer[];
  /** SHA-256, lower-case hexadecimal. */
  readonly remove: readonly string[];
  readonly conflicts: readonly FabricConflict[];
  /** What came from the root once the plan is carried out. */
  readonly taken: Pick<FabricState, 'pins' | 'authorities'>;
}

/**
 * What to do about the pins and CAs of a document whose signature is the root's (docs/fabric.md, Pins and CAs). What a
 * person decided here stays: an own pin, a pin of the root that was rejected, a CA of the root that was removed.
 */
export function planTrust(
  settings: FabricSettings,
  before: Pick<FabricState, 'pins' | 'authorities'>,
  pinOf: (connector: string) => Pin | null,
  installed: readonly Buffer[],
): TrustPlan {
  const accept: Pin[] = [];
  const conflicts: FabricConflict[] = [];
  const taken: TakenPin[] = [];
  for (const pin of settings.pins) {
    const own = pinOf(pin.connector);
    const earlier = before.pins.find(({ connector }) => connector === pin.connector);
    if (own === null ? isSame(earlier, pin) : !isSame(own, pin) && !isSame(own, earlier)) {
      conflicts.push({
        subject: pin.connector,
        text: own
          ? `keeps the certificate accepted here, SHA-256 ${own.sha256}; the root accepted ${pin.sha256}`
          : `the certificate that the root accepted, SHA-256 ${pin.sha256}, was rejected here`,
      });
      if (earlier) taken.push(earlier);
      continue;
    }
    if (!isSame(own, pin)) accept.push(pin);
    taken.push({ connector: pin.connector, sha256: pin.sha256, mode: pin.mode });
  }
  const named = new Set(settings.pins.map(({ connector }) => connector));
  const forget = before.pins
    .filter((earlier) => !named.has(earlier.connector) && isSame(pinOf(earlier.connector), earlier))
    .map(({ connector }) => connector);
  return { accept, forget, conflicts, ...planAuthorities(settings, before, installed, conflicts, taken) };
}

function planAuthorities(
  { authorities }: FabricSettings,
  before: Pick<FabricState, 'authorities'>,
  installed: readonly Buffer[],
  conflicts: FabricConflict[],
  pins: readonly TakenPin[],
): Pick<TrustPlan, 'install' | 'remove' | 'taken'> {
  const have = new Set(installed.map(digestOf));
  const earlier = new Set(before.authorities);
  const wanted = new Map(authorities.map((der) => [digestOf(der), der]));
  const install: Buffer[] = [];
  const taken: string[] = [];
  for (const [sha256, der] of wanted) {
    if (earlier.has(sha256)) {
      taken.push(sha256);
      if (!have.has(sha256))
        conflicts.push({ subject: 'CA', text: `${sha256} of the root was removed here` });
    } else if (!have.has(sha256)) {
      install.push(der);
      taken.push(sha256);
    }
  }
  const remove = before.authorities.filter((sha256) => !wanted.has(sha256) && have.has(sha256));
  return { install, remove, taken: { pins, authorities: taken } };
}

function isSame(
  one: Pick<Pin, 'sha256' | 'mode'> | null | undefined,
  other: Pick<Pin, 'sha256' | 'mode'> | null | undefined,
): boolean {
  return !!one && !!other && one.sha256 === other.sha256 && one.mode === other.mode;
}
