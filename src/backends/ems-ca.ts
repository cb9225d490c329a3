import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigError } from '../config/error.ts';
import { CertificateError, readCertificate } from '../ems/certificate.ts';
import { type TrustStore, TrustStoreError } from '../ems/trust.ts';
import type { Problem } from '../problem.ts';
import type { ActionResult, Actions, CaCandidate } from '../state/actions.ts';
import { readCertificates } from './ems-setup.ts';

/** The part of the actions that installs and removes CAs. */
export type CaActions = Pick<Actions, 'readCaFile' | 'importCa' | 'removeCa'>;

/** CA import for the dashboard (docs/protocol/ems.md, Trust and pins). Without a trust store there is nothing to import to. */
export function caActions(trust: TrustStore | null): CaActions {
  return {
    async readCaFile(file) {
      if (trust === null) return { ok: false, problem: noConnector };
      try {
        const certificates = await readCertificates(resolve(withHome(file)), 'import-ca');
        return { ok: true, candidates: candidates(trust, certificates) };
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        return { ok: false, problem: fileProblem(error.lines.join(' ')) };
      }
    },
    async importCa(certificates) {
      if (trust === null) return { ok: false, problem: noConnector };
      return install(trust, certificates);
    },
    async removeCa(sha256) {
      if (trust === null) return { ok: false, problem: noConnector };
      return remove(trust, sha256);
    },
  };
}

function install(trust: TrustStore, certificates: readonly Uint8Array[]): ActionResult {
  try {
    const { installed, duplicates, refused } = trust.importCa(certificates.map((der) => Buffer.from(der)));
    const left = duplicates.length + refused.length;
    const more = left === 0 ? '' : `; ${left} left out`;
    const [first] = installed;
    const what =
      first && installed.length === 1 ? `the CA ${first.subject}` : `${installed.length} CA certificates`;
    return { ok: true, message: `Installed ${what}${more}; chains are judged anew` };
  } catch (error) {
    if (error instanceof TrustStoreError) return { ok: false, problem: error.problem };
    if (error instanceof CertificateError) return { ok: false, problem: fileProblem(error.message) };
    throw error;
  }
}

function remove(trust: TrustStore, sha256: string): ActionResult {
  try {
    const { outcome, details } = trust.removeCa(sha256);
    const name = details?.subject ?? sha256;
    switch (outcome) {
      case 'removed':
        return { ok: true, message: `Removed the CA ${name}; chains are judged anew` };
      case 'still-configured':
        return { ok: true, message: `Removed the imported CA ${name}; the configuration still names it` };
      case 'configured':
        return { ok: false, problem: configuredProblem };
      case 'unknown':
        return { ok: false, problem: goneProblem };
    }
  } catch (error) {
    if (error instanceof TrustStoreError) return { ok: false, problem: error.problem };
    throw error;
  }
}

const configuredProblem: Problem = {
  stage: 'trust store',
  code: null,
  message: 'The configuration names this CA, and only it can take the CA away',
  cause: 'A file of trust.ca holds it.',
  fix: ['Take its file out of trust.ca.'],
};

const goneProblem: Problem = {
  stage: 'trust store',
  code: null,
  message: 'This CA is not installed any more',
  cause: 'Another program removed it meanwhile.',
  fix: ['Nothing is left to be done.'],
};

/** Each certificate once, with what an import would do with it. */
function candidates(trust: TrustStore, certificates: readonly Buffer[]): CaCandidate[] {
  const known = new Set(trust.installedCas().map(({ details }) => details.sha256));
  const found = new Map<string, CaCandidate>();
  for (const der of certificates) {
    const { subject, issuer, sha256, validFrom, validTo, isCa } = readCertificate(der);
    // As TrustStore.importCa decides: one that is its own issuer passes as a CA.
    const verdict = !isCa && subject !== issuer ? 'no-ca' : known.has(sha256) ? 'installed' : 'new';
    found.set(sha256, { subject, issuer, sha256, validFrom, validTo, verdict, der });
  }
  return [...found.values()];
}

/** `~/x` as a shell reads it: nobody else expands what is typed after `:`. */
function withHome(file: string): string {
  return file === '~' || file.startsWith('~/') ? join(homedir(), file.slice(1)) : file;
}

const noConnector: Problem = {
  stage: 'configuration',
  code: null,
  message: 'no EMS connector is configured, so that no CA is needed',
  cause: 'Installed CAs are what the chains of EMS servers are judged by.',
  fix: ['add a connector under "ems:" in the configuration file'],
};

function fileProblem(message: string): Problem {
  return {
    stage: 'CA import',
    code: null,
    message,
    cause: 'Nothing was installed.',
    fix: ['export the CA certificate as Base-64 (PEM) or DER on the EMS server, and import that file'],
  };
}
