import type { Clock } from '../clock.ts';
import type { SyncedFrom } from '../fabric-sync.ts';
import { safeText } from '../safe-text.ts';
import { getSerialNumber } from './api.ts';
import type { CallOptions } from './call.ts';
import { type CertificateDetails, CertificateError, readCertificate } from './certificate.ts';
import { type Device, plainDevice } from './device.ts';
import type { AdviceFacts, Surroundings } from './diagnosis/row.ts';
import { EmsFailure, type Fault } from './diagnosis.ts';
import { type Identity, serverText } from './handshake.ts';
import { type PinMode, type PinnedFacts, pinnedFacts } from './pin.ts';
import { type ProbeResult, probe } from './probe.ts';
import { sourceAddress } from './source-address.ts';
import type { TrustStore } from './trust.ts';

/** One entry of `config endpoint-control fctems` (docs/protocol/ems.md, Configuration), and who we are to it. */
export interface EmsTarget {
  name: string;
  enabled: boolean;
  type: 'ems' | 'ems-cloud';
  /** Null when the option is not set. */
  server: string | null;
  port: number;
  sourceIp: string;
  /** `interface`, where `interface-select-method` is `specify`. */
  sourceInterface?: string | null;
  callTimeoutMs: number;
  pinMode: PinMode;
  /** Null: EMS cannot know us, and will answer that we are not authorised. */
  identity: Identity | null;
  /** Our serial number, to be named in what an admin has to do. */
  serial: string | null;
  trust: TrustStore;
  clock: Clock;
  /** The root of the Fabric that the settings came from; null when they are our own. */
  synced?: SyncedFrom | null;
  /** What we are to EMS and want of it; absent, a plain device. */
  device?: Device;
  /** What else is known of us, for the advice on a failure; whoever learns more puts it here. */
  surroundings?: Surroundings;
}

/** How far an examination came. Each step is taken only when the one before succeeded. */
export type Outcome =
  | 'failed'
  | 'certificate-unknown-ca'
  | 'certificate-changed'
  | 'pending-authorization'
  | 'certificate-not-accepted'
  | 'dirty'
  | 'connected';

export interface Examination {
  outcome: Outcome;
  /** Leaf first; empty when none was obtained. */
  chain: CertificateDetails[];
  chainIncomplete: boolean;
  trusted: boolean;
  /** A person accepted what the server shows. */
  pinned: boolean;
  /** False when the certificate names another host: information, never a reason to refuse. */
  hostMatches: boolean | null;
  /** What an acceptance would pin; null when no certificate was obtained. */
  facts: PinnedFacts | null;
  serialNumber: string | null;
  latencyMs: number | null;
  /** Null when connected, and when only a person's acceptance is missing. */
  failure: EmsFailure | null;
}

export interface ExamineOptions {
  /**
   * `respect`: a pin that does not fit ends it, and nothing is sent. `ask`: a person is about to decide on the
   * certificate anew, so that only the chain counts.
   */
  pins: 'respect' | 'ask';
  signal?: AbortSignal;
  onStep?: (step: 'resolving' | 'tls' | 'registering') => void;
}

/** `host:port` of a target, safe to show; blank when it has no server. */
export function targetText(target: EmsTarget): string {
  return target.server === null ? '' : serverText(target.server, target.port);
}

/** Why a target is not tried at all; null when it can be. */
export function untriable(target: EmsTarget): EmsFailure | null {
  const facts = { server: targetText(target) };
  if (!target.enabled) return new EmsFailure('disabled', facts);
  if (target.type === 'ems-cloud') return new EmsFailure('cloud-not-built', facts);
  return target.server === null ? new EmsFailure('no-server', facts) : null;
}

/**
 * Goes once through the order of trust (docs/protocol/ems.md, Trust and pins): the chain has to lead to an installed CA,
 * then an earlier pin has to fit, then EMS has to give its serial number to our identity over that same certificate.
 * Pins nothing. Rejects only with the signal's reason.
 */
export async function examine(target: EmsTarget, options: ExamineOptions): Promise<Examination> {
  const examination = await attempt(target, options);
  return { ...examination, failure: examination.failure?.in(surroundingsOf(target)) ?? null };
}

/** What the advice on a failure of this target depends on (docs/protocol/ems.md, Diagnosis). */
export function surroundingsOf({ type, serial, surroundings }: EmsTarget): Surroundings & AdviceFacts {
  return { type, ...(serial === null ? {} : { serial: safeText(serial) }), ...surroundings };
}

async function attempt(target: EmsTarget, options: ExamineOptions): Promise<Examination> {
  const result: Examination = {
    outcome: 'failed',
    chain: [],
    chainIncomplete: false,
    trusted: false,
    pinned: false,
    hostMatches: null,
    facts: null,
    serialNumber: null,
    latencyMs: null,
    failure: untriable(target),
  };
  const { server } = target;
  if (result.failure !== null || server === null) return result;
  const { trust } = target;
  try {
    options.onStep?.('resolving');
    // Without our identity: who is not trusted yet learns nothing about us.
    const probed = await probe({
      ...reach(target, server, options.signal),
      onConnected: () => options.onStep?.('tls'),
    });
    const facts = readChain(result, probed, serverText(server, target.port));
    if (probed.failure) return end(result, 'certificate-unknown-ca', probed.failure);
    const verdict = trust.matches(target.name, facts, target.pinMode);
    if (verdict === 'changed' && options.pins === 'respect')
      return end(result, 'certificate-changed', changed(target, facts));
    options.onStep?.('registering');
    const reply = await getSerialNumber(callOptions(target, facts.sha256, options.signal));
    result.serialNumber = reply.serialNumber;
    result.latencyMs = reply.latencyMs;
    result.pinned = verdict === 'fits';
    const wanted = expectedSerial(target, options.pins);
    if (wanted !== null && wanted !== reply.serialNumber)
      return end(result, 'dirty', otherSerial(target, wanted, reply.serialNumber));
    return end(result, result.pinned ? 'connected' : 'certificate-not-accepted', null);
  } catch (error) {
    if (!(error instanceof EmsFailure)) throw error;
    if (result.facts) {
      const verdict = trust.matches(target.name, result.facts, target.pinMode);
      result.pinned = result.trusted && verdict === 'fits';
    }
    return end(result, error.fault === 'not-authorized' ? 'pending-authorization' : 'failed', error);
  }
}

function reach(target: EmsTarget, server: string, signal?: AbortSignal) {
  return {
    host: server,
    port: target.port,
    sourceIp: sourceAddress(target, targetText(target)),
    timeoutMs: target.callTimeoutMs,
    ca: target.trust.cas(),
    clock: target.clock,
    ...(signal ? { signal } : {}),
  };
}

/** How calls reach a target that shows the certificate with this SHA-256; its server is set. */
export function callOptions(target: EmsTarget, certificate: string, signal?: AbortSignal): CallOptions {
  return {
    ...reach(target, target.server ?? '', signal),
    ...(target.identity ? { identity: target.identity } : {}),
    certificate,
    serial: target.serial,
    profile: (target.device ?? plainDevice).profile,
  };
}

/** The serial number that EMS has to have: the configured one, else that of the EMS whose certificate was accepted. */
function expectedSerial(target: EmsTarget, pins: ExamineOptions['pins']): string | null {
  const configured = target.device?.expectedSerial ?? null;
  if (configured !== null || pins === 'ask') return configured;
  return target.trust.pin(target.name)?.serialNumber ?? null;
}

function otherSerial(target: EmsTarget, wanted: string, shown: string): EmsFailure {
  return new EmsFailure('serial-changed', {
    server: targetText(target),
    detail: `${safeText(wanted)} was expected, ${safeText(shown)} answers`,
  });
}

function end(result: Examination, outcome: Outcome, failure: EmsFailure | null): Examination {
  return Object.assign(result, { outcome, failure });
}

function changed(target: EmsTarget, facts: PinnedFacts): EmsFailure {
  const accepted = target.trust.pin(target.name)?.sha256 ?? 'none';
  return new EmsFailure('pin-changed', {
    server: targetText(target),
    detail: `accepted ${accepted}, shown ${facts.sha256}`,
  });
}

function readChain(result: Examination, probed: ProbeResult, server: string): PinnedFacts {
  try {
    result.facts = pinnedFacts(probed.chain);
    const [leaf, ...others] = probed.chain;
    if (leaf) result.chain.push(readCertificate(leaf));
    result.trusted = probed.trusted;
    result.hostMatches = probed.hostMatches;
    result.chainIncomplete = probed.chainIncomplete;
    for (const der of others) result.chain.push(readCertificate(der));
    return result.facts;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    if (result.facts === null) {
      const fault: Fault = 'certificate-unreadable';
      throw new EmsFailure(fault, { server, detail: error.message });
    }
    // One further up cannot be shown: the chain ends below it.
    result.chainIncomplete = true;
    return result.facts;
  }
}
