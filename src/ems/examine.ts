import type { Clock } from '../clock.ts';
import { safeText } from '../safe-text.ts';
import { getSerialNumber } from './api.ts';
import type { CallOptions } from './call.ts';
import { type CertificateDetails, CertificateError, readCertificate } from './certificate.ts';
import { type CloudDesk, cloudCas, whyNotCloud } from './cloud-desk.ts';
import type { Device } from './device.ts';
import type { AdviceFacts, Surroundings } from './diagnosis/row.ts';
import { EmsFailure, type Fault } from './diagnosis.ts';
import { type Identity, serverText } from './handshake.ts';
import { type PinMode, type PinnedFacts, pinnedFacts } from './pin.ts';
import { type ProbeResult, probe } from './probe.ts';
import { sourceAddress } from './source-address.ts';
import type { TlsSessions } from './tls-sessions.ts';
import type { TrustStore } from './trust.ts';
import { heldByNameAlone, pinVerdict, verifyingObjection } from './verifying-ca.ts';

/** One entry of `config endpoint-control fctems` (docs/protocol/ems.md, Configuration), and who we are to it. */
export interface EmsTarget {
  name: string;
  enabled: boolean;
  type: 'ems' | 'ems-cloud';
  /** Null when the option is not set, as EMS Cloud has none. */
  server: string | null;
  port: number;
  sourceIp: string;
  /** `interface`, where `interface-select-method` is `specify`. */
  sourceInterface?: string | null;
  callTimeoutMs: number;
  pinMode: PinMode;
  /** `verifying-ca`: the name of the installed CA that the chain has to lead to. Null or absent: any. */
  verifyingCa?: string | null;
  /** Null: EMS cannot know us, and will answer that we are not authorised. */
  identity: Identity | null;
  /** Our serial number, to be named in what an admin has to do. */
  serial: string | null;
  trust: TrustStore;
  clock: Clock;
  /** Says which instance of EMS Cloud is ours; absent for an EMS of one's own. */
  cloud?: CloudDesk | null;
  /** `preserve-ssl-session enable`: calls resume the TLS session of the one before; absent, none does. */
  sessions?: TlsSessions | null;
  /** What we are to EMS and want of it. */
  device: Device;
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
  /** The call for the entitlement of EMS Cloud, where it was made. */
  entitlement: { at: number; latencyMs: number | null; failure: EmsFailure | null } | null;
}

export interface ExamineOptions {
  /**
   * `respect`: a pin that does not fit ends it, and nothing is sent. `ask`: a person is about to decide on the
   * certificate anew, so that only the chain counts.
   */
  pins: 'respect' | 'ask';
  /** Somebody asked for it, or something changed: EMS Cloud is asked anew which instance is ours. */
  fresh?: boolean;
  signal?: AbortSignal;
  onStep?: (step: 'entitlement' | 'resolving' | 'tls' | 'registering') => void;
}

/** Where the EMS of a target is; null when it has no server, and while EMS Cloud was not asked for ours. */
export function placeOf({ server, port, cloud }: EmsTarget): { host: string; port: number } | null {
  if (cloud) return cloud.instance;
  return server === null ? null : { host: server, port };
}

/** `host:port` of a target, safe to show; blank while it has none. */
export function targetText(target: EmsTarget): string {
  const place = placeOf(target);
  return place === null ? '' : serverText(place.host, place.port);
}

/** Why a target is not tried at all; null when it can be. */
export function untriable(target: EmsTarget): EmsFailure | null {
  const facts = { server: targetText(target) };
  if (!target.enabled) return new EmsFailure('disabled', facts);
  return target.server === null && !target.cloud ? new EmsFailure('no-server', facts) : null;
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
    entitlement: null,
  };
  if (result.failure !== null) return result;
  const { trust } = target;
  try {
    await locate(target, result, options);
    options.onStep?.('resolving');
    // Without our identity: who is not trusted yet learns nothing about us.
    const probed = await probe({
      ...reach(target, options.signal),
      onConnected: () => options.onStep?.('tls'),
    });
    const facts = readChain(result, probed, targetText(target));
    const distrust = chainObjection(target, probed);
    if (distrust) {
      result.trusted = false;
      return end(result, 'certificate-unknown-ca', distrust);
    }
    const verdict = pinVerdict(trust, target, facts);
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
    // It may have moved meanwhile.
    target.cloud?.forget();
    if (result.facts) {
      const verdict = pinVerdict(trust, target, result.facts);
      result.pinned = result.trusted && verdict === 'fits';
    }
    return end(result, error.fault === 'not-authorized' ? 'pending-authorization' : 'failed', error);
  }
}

/** EMS Cloud is asked for our instance; an EMS of one's own is where its configuration says. */
async function locate(target: EmsTarget, result: Examination, options: ExamineOptions): Promise<void> {
  const { cloud } = target;
  if (!cloud) return;
  if (options.fresh || options.pins === 'ask') cloud.forget();
  options.onStep?.('entitlement');
  const at = target.clock.now();
  try {
    const {
      host: _,
      port: __,
      certificate: ___,
      sessions: ____,
      ...from
    } = callOptions(target, '', options.signal);
    const { call } = await cloud.locate({ ...from, ca: target.trust.cas() });
    if (call) result.entitlement = { ...call, failure: null };
  } catch (error) {
    if (error instanceof EmsFailure) result.entitlement = { at, latencyMs: null, failure: error };
    throw error;
  }
}

/** Why the chain does not do, whatever a person says; null when it does. */
function chainObjection(target: EmsTarget, probed: ProbeResult): EmsFailure | null {
  const server = targetText(target);
  const detail = target.cloud ? whyNotCloud(probed) : null;
  if (detail !== null) return new EmsFailure('cloud-certificate', { server, detail });
  if (probed.failure) return probed.failure;
  const objection = verifyingObjection(target.trust, target, probed.chain);
  return objection && new EmsFailure(objection, { server, detail: safeText(target.verifyingCa ?? '') });
}

function reach(target: EmsTarget, signal?: AbortSignal) {
  const { host, port } = placeOf(target) ?? { host: '', port: target.port };
  const installed = target.trust.cas();
  return {
    host,
    port,
    sourceIp: sourceAddress(target, targetText(target)),
    timeoutMs: target.callTimeoutMs,
    ca: target.cloud ? cloudCas(installed) : installed,
    clock: target.clock,
    ...(signal ? { signal } : {}),
  };
}

/** How calls reach a target that shows the certificate with this SHA-256; where it is, is known. */
export function callOptions(target: EmsTarget, certificate: string, signal?: AbortSignal): CallOptions {
  return {
    ...reach(target, signal),
    ...(target.identity ? { identity: target.identity } : {}),
    certificate,
    serial: target.serial,
    profile: target.device.profile,
    sessions: target.sessions ?? null,
  };
}

/** The serial number that EMS has to have: the configured one, else that of the EMS whose certificate was accepted. */
function expectedSerial(target: EmsTarget, pins: ExamineOptions['pins']): string | null {
  const configured = target.device.expectedSerial;
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
  const byName = target.pinMode === 'ca-cn' && heldByNameAlone(target.trust, target, facts);
  return new EmsFailure(byName ? 'pin-without-ca' : 'pin-changed', {
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
