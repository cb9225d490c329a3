import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { whileLocked } from '../../private-file.ts';
import type { Problem } from '../../problem.ts';
import { type TrustStore, TrustStoreError } from '../trust.ts';
import { type FabricDocument, type ReadDocument, readDocument } from './document.ts';
import { FabricRefusal } from './refusal.ts';
import { isSignedBy } from './signature.ts';
import { type FabricState, FabricStateError, readState, stateFailure, writeState } from './state-file.ts';
import { type FabricConflict, planTrust } from './trust-plan.ts';

export interface MemberOptions {
  /** The root's public key. Null: this member takes unsigned settings, and of those no pin and no CA. */
  readonly rootKey: KeyObject | null;
  /** Serial number of the root; null takes the first that a document names, and stays with it. */
  readonly root: string | null;
  /** Where the revision in force is remembered. */
  readonly statePath: string;
  readonly trust: TrustStore;
  readonly clock: Clock;
}

/** Whose documents a member takes. */
export type Origin = Pick<MemberOptions, 'rootKey' | 'root'>;

/** What is in force on a member. */
export interface AppliedDocument {
  readonly document: FabricDocument;
  /** The root's signature was verified. */
  readonly verified: boolean;
  /** When it was applied, milliseconds since the epoch. */
  readonly at: number;
}

/** What became of the pins and CAs of a document. */
export interface TrustOutcome {
  readonly acceptedPins: readonly string[];
  readonly forgottenPins: readonly string[];
  readonly installedAuthorities: number;
  readonly removedAuthorities: number;
  readonly conflicts: readonly FabricConflict[];
  /** Connectors whose pin came without the root's signature: a person has to accept the certificate here. */
  readonly awaitingPerson: readonly string[];
}

export type TakeResult =
  | { kind: 'applied'; applied: AppliedDocument; trust: TrustOutcome }
  /** The document is in force already. */
  | { kind: 'unchanged'; applied: AppliedDocument }
  | { kind: 'refused'; problem: Problem };

/** @throws FabricRefusal for a document that is not signed as it has to be, or of another root */
function judgeOrigin({ document, signed, signature }: ReadDocument, { rootKey, root }: Origin): void {
  if (rootKey !== null) {
    if (signature === null) throw new FabricRefusal('unsigned');
    if (!isSignedBy(signed, signature, rootKey)) throw new FabricRefusal('wrong-signature');
  }
  if (root !== null && document.root !== root)
    throw new FabricRefusal('other-root', `${document.root}, expected ${root}`);
}

// What the state file holds is judged as if it had just come: with another key, or another root, it counts no more.
function inForceOf({ document }: FabricState, origin: Origin): AppliedDocument | null {
  if (document === null) return null;
  try {
    const read = readDocument(Buffer.from(document.text));
    judgeOrigin(read, origin);
    return { document: read.document, verified: origin.rootKey !== null, at: document.at };
  } catch (error) {
    if (error instanceof FabricRefusal) return null;
    throw error;
  }
}

/** The document in force on a member; null before the first. @throws FabricStateError */
export function documentInForce(options: Origin & Pick<MemberOptions, 'statePath'>): AppliedDocument | null {
  return inForceOf(readState(options.statePath), options);
}

/**
 * A member of the Fabric: takes documents of its root, and nothing that the root did not sign (docs/fabric.md, Rules of a
 * member). Several processes may share its state.
 */
export class FabricMember {
  readonly #options: MemberOptions;

  constructor(options: MemberOptions) {
    this.#options = options;
  }

  /** The document in force; null before the first. @throws FabricStateError */
  applied(): AppliedDocument | null {
    return documentInForce(this.#options);
  }

  /**
   * Judges the octets of a document, and applies it when it may be: first its revision, then what it says about pins and
   * CAs. What this does not finish `reconcile` does.
   */
  async take(octets: Buffer): Promise<TakeResult> {
    const { statePath, clock } = this.#options;
    try {
      const read = readDocument(octets);
      judgeOrigin(read, this.#options);
      const fresh = await whileLocked(statePath, clock, () => {
        // Another process may have applied a newer one since.
        const state = readState(statePath);
        if (!this.#isNewer(read, inForceOf(state, this.#options), state)) return false;
        const document = { text: octets.toString('utf8'), at: clock.now() };
        writeState(statePath, { ...state, document });
        return true;
      });
      const applied = this.applied();
      if (applied === null) throw new FabricStateError(statePath, 'was changed by another process');
      if (!fresh) return { kind: 'unchanged', applied };
      return { kind: 'applied', applied, trust: await this.#applyTrust(applied) };
    } catch (error) {
      return { kind: 'refused', problem: problemOf(statePath, error) };
    }
  }

  /**
   * Judges the octets of a document and applies nothing: would it be taken, or is it in force already?
   * @throws FabricRefusal, FabricStateError
   */
  judge(octets: Buffer): { document: FabricDocument; isNewer: boolean } {
    const read = readDocument(octets);
    judgeOrigin(read, this.#options);
    const state = readState(this.#options.statePath);
    return { document: read.document, isNewer: this.#isNewer(read, inForceOf(state, this.#options), state) };
  }

  /** Brings the trust store to what is in force: after a start, when an earlier one was cut short. */
  async reconcile(): Promise<TakeResult | null> {
    try {
      const applied = this.applied();
      if (applied === null) return null;
      return { kind: 'applied', applied, trust: await this.#applyTrust(applied) };
    } catch (error) {
      return { kind: 'refused', problem: problemOf(this.#options.statePath, error) };
    }
  }

  /** @throws FabricRefusal for one that is older than, or contradicts, what is in force */
  #isNewer({ document, signed }: ReadDocument, inForce: AppliedDocument | null, state: FabricState): boolean {
    if (inForce === null || state.document === null) return true;
    const { revision, root } = inForce.document;
    if (document.root !== root) throw new FabricRefusal('other-root', `${document.root}, expected ${root}`);
    if (document.revision > revision) return true;
    if (document.revision < revision)
      throw new FabricRefusal('rolled-back', `revision ${document.revision}, in force is ${revision}`);
    if (readDocument(Buffer.from(state.document.text)).signed !== signed)
      throw new FabricRefusal('same-revision', `revision ${revision}`);
    return false;
  }

  async #applyTrust({ document, verified }: AppliedDocument): Promise<TrustOutcome> {
    const { trust, statePath, clock } = this.#options;
    const { settings, revision } = document;
    trust.refresh();
    if (!verified) {
      const awaitingPerson = settings.pins
        .filter((pin) => trust.matches(pin.connector, pin, pin.mode) !== 'fits')
        .map(({ connector }) => connector);
      return { ...nothingDone, awaitingPerson };
    }
    const plan = planTrust(settings, readState(statePath), (name) => trust.pin(name), trust.cas());
    trust.importCa(plan.install);
    for (const sha256 of plan.remove) trust.removeCa(sha256);
    for (const pin of plan.accept) await trust.accept(pin.connector, pin, pin.mode, pin);
    for (const connector of plan.forget) await trust.forget(connector);
    await whileLocked(statePath, clock, () => {
      const state = readState(statePath);
      // Another process that has gone on to a newer one keeps the account of that.
      if (inForceOf(state, this.#options)?.document.revision === revision)
        writeState(statePath, { ...state, ...plan.taken });
    });
    return {
      acceptedPins: plan.accept.map(({ connector }) => connector),
      forgottenPins: plan.forget,
      installedAuthorities: plan.install.length,
      removedAuthorities: plan.remove.length,
      conflicts: plan.conflicts,
      awaitingPerson: [],
    };
  }
}

const nothingDone: TrustOutcome = {
  acceptedPins: [],
  forgottenPins: [],
  installedAuthorities: 0,
  removedAuthorities: 0,
  conflicts: [],
  awaitingPerson: [],
};

function problemOf(statePath: string, error: unknown): Problem {
  if (error instanceof FabricRefusal || error instanceof TrustStoreError) return error.problem;
  return stateFailure(statePath, error).problem;
}
