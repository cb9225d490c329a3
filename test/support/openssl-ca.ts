import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key in files, made by the `openssl` program. */
export interface Issued {
  certificateFile: string;
  keyFile: string;
  /** PEM. */
  certificate: string;
  key: string;
  der: Buffer;
  /** Upper-case, `:` separated, as `openssl x509 -fingerprint -sha256` prints it. */
  sha256: string;
}

export interface IssueOptions {
  /** `/CN=…`; may hold several RDNs. */
  subject: string;
  issuer?: Issued;
  /** `[name, value]` for `-addext`, for example `['subjectAltName', 'DNS:localhost']`. */
  extensions?: readonly (readonly [name: string, value: string])[];
  ca?: boolean;
  /** Default EC P-256, which takes milliseconds. */
  keyArguments?: readonly string[];
  /** `YYYYMMDDHHMMSSZ`. */
  notBefore?: string;
  notAfter?: string;
  /** Sign this key instead of a new one. */
  keyOf?: Issued;
}

/** Certificates made by the `openssl` program in a temporary directory, so that no code of ours is on both sides. */
export class OpensslCa {
  readonly directory = mkdtempSync(join(tmpdir(), 'fabrictop-openssl-'));
  #count = 0;

  /** A self-signed CA. */
  authority(subject: string): Issued {
    return this.issue({ subject, ca: true });
  }

  issue(options: IssueOptions): Issued {
    this.#count += 1;
    const keyFile = options.keyOf?.keyFile ?? join(this.directory, `${this.#count}.key`);
    const certificateFile = join(this.directory, `${this.#count}.pem`);
    const keyArguments = options.keyArguments ?? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    // `openssl req` adds extensions of its own configuration unless it is given another one.
    const configuration = join(this.directory, 'openssl.cnf');
    writeFileSync(
      configuration,
      '[req]\ndistinguished_name=dn\nx509_extensions=none\n[dn]\n[none]\nsubjectKeyIdentifier=hash\n',
    );
    const extensions: (readonly [string, string])[] = [
      ['basicConstraints', options.ca ? 'critical,CA:TRUE' : 'critical,CA:FALSE'],
      ...(options.ca ? ([['keyUsage', 'critical,keyCertSign,cRLSign']] as const) : []),
      ...(options.extensions ?? []),
    ];
    const unsigned = [
      ...['req', '-new', '-x509', '-config', configuration, '-utf8', '-subj', options.subject],
      ...(options.keyOf ? ['-key', keyFile] : ['-nodes', '-keyout', keyFile, ...keyArguments]),
      ...['-out', certificateFile, '-days', '3650'],
      ...extensions.flatMap(([name, value]) => ['-addext', `${name}=${value}`]),
      ...(options.issuer ? ['-CA', options.issuer.certificateFile, '-CAkey', options.issuer.keyFile] : []),
    ];
    openssl(unsigned);
    if (options.notBefore ?? options.notAfter) this.#redate(options, certificateFile, keyFile);
    const certificate = readFileSync(certificateFile, 'utf8');
    const fingerprint = openssl(['x509', '-in', certificateFile, '-noout', '-fingerprint', '-sha256']);
    return {
      certificateFile,
      keyFile,
      certificate,
      key: readFileSync(keyFile, 'utf8'),
      der: derOf(certificate),
      sha256: fingerprint.trim().replace(/^.*=/, ''),
    };
  }

  /** Writes a file into the directory and returns its path. */
  write(name: string, content: string | Buffer): string {
    const path = join(this.directory, name);
    writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  // Only `openssl ca` of OpenSSL 3.0 takes dates of one's own.
  #redate(options: IssueOptions, certificateFile: string, keyFile: string): void {
    const name = `redate-${this.#count}`;
    const database = this.write(`${name}.txt`, '');
    const configuration = this.write(
      `${name}.cnf`,
      [
        '[ca]\ndefault_ca=own\n[own]',
        `new_certs_dir=${this.directory}\ndatabase=${database}\nserial=${this.write(`${name}.srl`, '0100')}`,
        'default_md=sha256\npolicy=any\nunique_subject=no\ncopy_extensions=copy\n[any]\ncommonName=supplied',
        '[req]\ndistinguished_name=dn\n[dn]\n',
      ].join('\n'),
    );
    const request = join(this.directory, `${name}.csr`);
    openssl([
      ...['x509', '-x509toreq', '-in', certificateFile, '-signkey', keyFile, '-out', request],
      ...['-copy_extensions', 'copy'],
    ]);
    openssl([
      ...['ca', '-batch', '-notext', '-config', configuration, '-in', request, '-out', certificateFile],
      ...(options.issuer
        ? ['-cert', options.issuer.certificateFile, '-keyfile', options.issuer.keyFile]
        : ['-selfsign', '-keyfile', keyFile]),
      ...['-preserveDN', '-startdate', options.notBefore ?? '20200101000000Z'],
      ...['-enddate', options.notAfter ?? '20991231235959Z'],
    ]);
  }
}

export function openssl(parameters: readonly string[]): string {
  return execFileSync('openssl', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}
