import { CertificateError } from './certificate.ts';
import { type CertificateJudge, judgeByName } from './http-call.ts';
import { type PinVerdict, pinnedFacts } from './pin.ts';
import { chainReason } from './tls-failure.ts';
import type { TrustStore } from './trust.ts';
import { pinVerdict, type TrustSettings, verifyingObjection } from './verifying-ca.ts';

/**
 * Trusts an EMS by what a person accepted for its connector; where nothing was accepted yet, by an installed CA and the
 * name in the certificate (docs/protocol/ems.md, Calls of management APIs). An acceptance that no longer fits stops
 * everything, whatever the name.
 */
export function judgeByPin(trust: TrustStore, settings: TrustSettings): CertificateJudge {
  return (shown) => {
    if (shown.verdict !== null) return { fault: 'not-trusted', detail: chainReason(shown.verdict) };
    const objection = verifyingObjection(trust, settings, shown.chain);
    if (objection !== null) return { fault: 'not-trusted', detail: 'it does not lead to verifying-ca' };
    let verdict: PinVerdict;
    try {
      verdict = pinVerdict(trust, settings, pinnedFacts(shown.chain));
    } catch (error) {
      if (error instanceof CertificateError) return { fault: 'not-trusted', detail: error.message };
      throw error;
    }
    if (verdict === 'fits') return null;
    return verdict === 'changed' ? { fault: 'other-certificate' } : judgeByName(shown);
  };
}
