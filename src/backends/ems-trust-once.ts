import type { Clock } from '../clock.ts';
import { ConfigError } from '../config/error.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { CertificateDetails } from '../ems/certificate.ts';
import { isVerifiedText, unverifiedText } from '../ems/fortios.ts';
import { countsUnder, type Pin, type PinMode } from '../ems/pin.ts';
import { type InstalledCa, type TrustStore, TrustStoreError } from '../ems/trust.ts';
import { expiryOf, expiryText } from '../expiry.ts';
import { safeJson } from '../safe-json.ts';
import { safeText } from '../safe-text.ts';
import { acceptedDetails } from './ems-certificate-view.ts';
import { type EmsOnceResult, explain } from './ems-once.ts';
import { emsPinMode, openTrust } from './ems-setup.ts';

/** One configured connector, as far as its trust goes: neither its server nor our identity is needed. */
export interface TrustTarget {
  readonly name: string;
  readonly pinMode: PinMode;
  readonly trust: TrustStore;
}

/** @throws ConfigError for an unknown name, or a trust store or CA file that cannot be read */
export async function prepareTrustTarget(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  name: string,
): Promise<TrustTarget> {
  const names = loaded.config.ems.map((each) => safeText(each.name));
  const found = loaded.config.ems.find((each) => each.name === name);
  if (!found)
    throw new ConfigError([
      `there is no EMS connector "${safeText(name)}"${names.length > 0 ? `, expected one of ${names.join(', ')}` : ''}`,
    ]);
  return { name, pinMode: emsPinMode(found), trust: await openTrust(loaded, env, clock) };
}

/** Forgets the accepted certificate of a connector (docs/cli.md, ems unverify). Nothing is asked of the server. */
export async function unverifyOnce({ name, trust }: TrustTarget, json: boolean): Promise<EmsOnceResult> {
  const safeName = safeText(name);
  try {
    const before = trust.pin(name);
    const removed = await trust.forget(name);
    return {
      output: json
        ? safeJson({
            name: safeName,
            removed,
            sha256: removed ? (before?.sha256 ?? null) : null,
            error: null,
          })
        : `${unverifiedText(removed)}\n`,
      diagnostics: [],
      isHealthy: true,
    };
  } catch (error) {
    if (!(error instanceof TrustStoreError)) throw error;
    return {
      output: json ? safeJson({ name: safeName, removed: false, sha256: null, error: error.problem }) : '',
      diagnostics: explain(safeName, error.problem),
      isHealthy: false,
    };
  }
}

/** Whether a connector has an accepted certificate that counts (docs/cli.md, ems is-verified). Nothing is asked of the server. */
export function isVerifiedOnce(
  { name, pinMode, trust }: TrustTarget,
  json: boolean,
  now: number,
): EmsOnceResult {
  const pin = trust.pin(name);
  const verified = pin !== null && countsUnder(pin, pinMode);
  const safeName = safeText(name);
  const diagnostics: string[] = [];
  if (pin !== null && !verified)
    diagnostics.push(
      `${safeName}: the certificate was accepted under trust-ca-cn disable; enabling that needs a new acceptance`,
    );
  const details = pin === null ? null : acceptedDetails(pin);
  if (details !== null && expiryOf(details, now).level !== 'far')
    diagnostics.push(`${safeName}: the accepted certificate: ${expiryText(expiryOf(details, now))}`);
  return {
    output: json
      ? safeJson({
          name: safeName,
          verified,
          mode: pinMode,
          accepted: pin === null ? null : acceptedDocument(pin, details),
        })
      : `${isVerifiedText(verified)}\n`,
    diagnostics: pin === null ? [`${safeName}: no certificate was accepted`] : diagnostics,
    isHealthy: verified,
  };
}

function acceptedDocument(pin: Pin, details: CertificateDetails | null) {
  const { sha256, issuer, commonName, mode, server, serialNumber, tenantId } = pin;
  return {
    sha256,
    subject: details?.subject ?? null,
    issuer,
    commonName,
    validTo: details === null ? null : new Date(details.validTo).toISOString(),
    mode,
    acceptedAt: new Date(pin.acceptedAt).toISOString(),
    ...{ server, serialNumber, tenantId },
  };
}

/** The installed CAs, those of the configuration first (docs/cli.md, ems list-ca). */
export function listCaOnce(trust: TrustStore, json: boolean, now: number): EmsOnceResult {
  const all = trust.installedCas();
  const text = all.map((ca) => `${caLines(ca, now).join('\n')}\n`).join('\n');
  return {
    output: json ? safeJson({ cas: all.map((ca) => caDocument(ca)) }) : text,
    diagnostics: all.length === 0 ? ['no CA is installed: no EMS server can be trusted'] : [],
    isHealthy: true,
  };
}

function caLines({ details, configured, imported }: InstalledCa, now: number): string[] {
  const from = [configured ? 'configuration' : '', imported ? 'import-ca' : ''].filter((each) => each !== '');
  return [
    `Subject:     ${safeText(details.subject)}`,
    `Issuer:      ${safeText(details.issuer)}`,
    `SHA-256:     ${details.sha256}`,
    `Valid to:    ${new Date(details.validTo).toISOString()} (${expiryText(expiryOf(details, now))})`,
    `Installed:   ${from.join(', ')}`,
  ];
}

function caDocument({ details, configured, imported }: InstalledCa) {
  const { subject, issuer, sha256, isCa } = details;
  const [validFrom, validTo] = [details.validFrom, details.validTo].map((time) =>
    new Date(time).toISOString(),
  );
  return { subject, issuer, sha256, validFrom, validTo, isCa, configured, imported };
}

/** Removes one imported CA (docs/cli.md, ems remove-ca). */
export function removeCaOnce(trust: TrustStore, sha256: string): EmsOnceResult {
  try {
    const { outcome, details } = trust.removeCa(sha256);
    const what = details === null ? '' : `${safeText(details.subject)} (SHA-256 ${details.sha256})`;
    switch (outcome) {
      case 'removed':
        return { output: `Removed: ${what}\n`, diagnostics: [], isHealthy: true };
      case 'still-configured':
        return {
          output: `Removed: ${what}\n`,
          diagnostics: ['it is still installed: trust.ca of the configuration names a file with it'],
          isHealthy: false,
        };
      case 'configured':
        return {
          output: '',
          diagnostics: [`not removed: ${what} is installed by trust.ca of the configuration`],
          isHealthy: false,
        };
      case 'unknown':
        return {
          output: '',
          diagnostics: ['no CA with this SHA-256 is installed; fabrictop ems list-ca names them'],
          isHealthy: false,
        };
    }
  } catch (error) {
    if (!(error instanceof TrustStoreError)) throw error;
    return { output: '', diagnostics: explain('remove-ca', error.problem), isHealthy: false };
  }
}
