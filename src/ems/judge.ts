import { CertificateError } from './certificate.ts';
import { type CertificateJudge, judgeByName } from './http-call.ts';
import { type PinMode, type PinVerdict, pinnedFacts } from './pin.ts';
import { chainReason } from './tls-failure.ts';
import type { TrustStore } from './trust.ts';

/**
 * Trusts an EMS by what a person accepted for its connector; where nothing was accepted yet, by an installed CA and the
 * name in the certificate (docs/protocol/ems.md, Calls of management APIs). An acceptance that no longer fits stops
 * everything, whatever the name.
 */
export function judgeByPin(trust: TrustStore, connector: string, mode: PinMode): CertificateJudge {
  return (shown) => {
    if (shown.verdict !== null) return { fault: 'not-trusted', detail: chainReason(shown.verdict) };
    let verdict: PinVerdict;
    try {
      verdict = trust.matches(connector, pinnedFacts(shown.chain), mode);
    } catch (error) {
      if (error instanceof CertificateError) return { fault: 'not-trusted', detail: error.message };
      throw error;
    }
    if (verdict === 'fits') return null;
    return verdict === 'changed' ? { fault: 'other-certificate' } : judgeByName(shown);
  };
}
