import { type CertificateDetails, readCertificate } from '../../ems/certificate.ts';
import { toPem } from '../../ems/handshake.ts';
import { HttpFailure } from '../../ems/http-failure.ts';
import type { Problem } from '../../problem.ts';
import { safeJson } from '../../safe-json.ts';
import { safeText } from '../../safe-text.ts';
import { problemOf } from '../ems-admin.ts';
import { type EmsOnceResult, explain } from '../ems-once.ts';
import type { FortigateOverview } from './client.ts';
import type { FortigateConnector } from './reading.ts';
import type { FortigateTarget } from './setup.ts';

interface Answer {
  readonly name: string;
  readonly overview: FortigateOverview | null;
  readonly error: Problem | null;
}

/** Asks each FortiGate once about its EMS connectors (docs/cli.md, fortigate status). Healthy when all are connected. */
export async function fortigateStatusOnce(
  targets: readonly FortigateTarget[],
  json: boolean,
): Promise<EmsOnceResult> {
  const answers = await Promise.all(
    targets.map(async ({ name, client }): Promise<Answer> => {
      try {
        return { name: safeText(name), overview: await client.overview(), error: null };
      } catch (reason) {
        return { name: safeText(name), overview: null, error: problemOf(reason) };
      }
    }),
  );
  const down = answers.flatMap(({ name, overview }) =>
    (overview?.connectors ?? [])
      .filter(({ enabled, connected }) => enabled !== false && connected === false)
      .map(
        (connector) =>
          `${name}: ${connector.name} is not connected: ${connector.status ?? 'no reason given'}`,
      ),
  );
  const failed = answers.flatMap(({ name, error }) => (error ? explain(name, error) : []));
  return {
    output: json ? safeJson({ fortigates: answers.map(document) }) : answers.map(asText).join('\n'),
    diagnostics: [...failed, ...down],
    isHealthy: failed.length === 0 && down.length === 0,
  };
}

function document({ name, overview, error }: Answer) {
  return {
    name,
    serial: overview?.serial ?? null,
    version: overview?.version ?? null,
    connectors: overview?.connectors ?? [],
    error,
  };
}

function asText({ name, overview, error }: Answer): string {
  const heading = [name, overview?.serial, overview?.version].filter(Boolean).join('  ');
  if (!overview) return `${heading}\n  ${error?.message ?? ''}\n`;
  if (overview.connectors.length === 0) return `${heading}\n  no EMS connector\n`;
  return `${heading}\n${overview.connectors.map(connectorText).join('')}`;
}

function connectorText(connector: FortigateConnector): string {
  const yes = (value: boolean | null) => (value === null ? 'unknown' : value ? 'yes' : 'no');
  const fields: [string, string | null][] = [
    ['server', connector.server],
    ['connected', yes(connector.connected)],
    ['verified', yes(connector.verified)],
    ['status', connector.status],
    ['connection', connector.connection],
    ['certificate', connector.certificate],
    ['serial-number', connector.serialNumber],
    ['tenant-id', connector.tenantId],
    ['websocket', connector.websocket],
    ['dirty-reason', connector.dirtyReason],
  ];
  const known = fields.filter(([, value]) => value !== null);
  return `  ${connector.name}\n${known.map(([label, value]) => `    ${label}: ${value}\n`).join('')}`;
}

/** Installs CA certificates, DER, on a FortiGate, one call each (docs/cli.md, fortigate import-ca). */
export async function fortigateImportOnce(
  { name, client }: FortigateTarget,
  certificates: readonly Buffer[],
  scope: 'vdom' | 'global',
): Promise<EmsOnceResult> {
  const [cas, others] = split(certificates.map((der) => ({ der, details: readCertificate(der) })));
  let output = '';
  const diagnostics = others.map(
    ({ details }) => `not installed, because it is no CA: ${safeText(details.subject)}`,
  );
  try {
    for (const { der, details } of cas) {
      await client.importCa(toPem(der), scope);
      output += `Installed on ${safeText(name)}: ${safeText(details.subject)} (SHA-256 ${details.sha256})\n`;
    }
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    return {
      output,
      diagnostics: [...diagnostics, ...explain(safeText(name), error.problem)],
      isHealthy: false,
    };
  }
  return { output, diagnostics, isHealthy: others.length === 0 };
}

type Read = { readonly der: Buffer; readonly details: CertificateDetails };

/** Those that are CAs, and the others; a self-signed one is its own issuer. */
function split(all: readonly Read[]): [Read[], Read[]] {
  const isCa = ({ details }: Read) => details.isCa || details.subject === details.issuer;
  return [all.filter(isCa), all.filter((each) => !isCa(each))];
}
