import { createPublicKey, generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { pki } from 'node-forge';

/** A certificate with its private key, both PEM. */
export interface Identity {
  certificate: string;
  key: string;
}

/** What a leaf certificate of the lab says. */
export interface LeafRequest {
  commonName: string;
  organizationalUnit: string;
  /** DNS names and addresses of a server; none for a client certificate. */
  altNames?: readonly ({ dns: string } | { ip: string })[];
  /** Days from now, negative for a certificate that is over. */
  daysLeft?: number;
}

const generate = promisify(generateKeyPair);
const dayMs = 86_400_000;

/** A certificate authority of the lab, made anew at each start, as EMS makes its own when it is installed. */
export class Authority {
  readonly certificate: string;
  readonly #name: string;
  readonly #key: string;
  readonly #now: number;

  private constructor(name: string, certificate: string, key: string, now: number) {
    this.#name = name;
    this.certificate = certificate;
    this.#key = key;
    this.#now = now;
  }

  /** A self-signed root, valid for ten years from `now` (milliseconds since the epoch). */
  static async create(name: string, now: number): Promise<Authority> {
    const [forge, keys] = await Promise.all([loadForge(), keyPair()]);
    const certificate = forge.pki.createCertificate();
    describe(forge, certificate, keys.publicKey, name, now - dayMs, now + 3650 * dayMs);
    certificate.setSubject(subject(name, 'Endpoint Management'));
    certificate.setExtensions([
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      { name: 'subjectKeyIdentifier' },
    ]);
    certificate.sign(forge.pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create());
    return new Authority(name, forge.pki.certificateToPem(certificate), keys.privateKey, now);
  }

  /** Signs a leaf for a key of its own, or for this private key (PEM): making one takes long. */
  async issue(request: LeafRequest, key?: string): Promise<Identity> {
    const [forge, keys] = await Promise.all([loadForge(), key === undefined ? keyPair() : pairOf(key)]);
    const issuer = forge.pki.certificateFromPem(this.certificate);
    const certificate = forge.pki.createCertificate();
    const until = this.#now + (request.daysLeft ?? 397) * dayMs;
    describe(forge, certificate, keys.publicKey, this.#name, Math.min(this.#now, until) - dayMs, until);
    certificate.setSubject(subject(request.commonName, request.organizationalUnit));
    const altNames = (request.altNames ?? []).map((name) =>
      'dns' in name ? { type: 2, value: name.dns } : { type: 7, ip: name.ip },
    );
    certificate.setExtensions([
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'subjectKeyIdentifier' },
      { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
      ...(altNames.length > 0 ? [{ name: 'subjectAltName', altNames }] : []),
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: altNames.length > 0, clientAuth: true },
    ]);
    certificate.sign(forge.pki.privateKeyFromPem(this.#key), forge.md.sha256.create());
    return { certificate: forge.pki.certificateToPem(certificate), key: keys.privateKey };
  }
}

type Forge = typeof import('node-forge');

// Loaded late: reading it costs a start-up more than the rest of the lab together.
async function loadForge(): Promise<Forge> {
  return (await import('node-forge')).default;
}

function keyPair() {
  return generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function pairOf(privateKey: string): { publicKey: string; privateKey: string } {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  return { publicKey: String(publicKey), privateKey };
}

function describe(
  forge: Forge,
  certificate: pki.Certificate,
  publicKey: string,
  issuerName: string,
  from: number,
  to: number,
): void {
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  // A leading bit of 1 would make the serial negative.
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(from);
  certificate.validity.notAfter = new Date(to);
  certificate.setIssuer(subject(issuerName, 'Endpoint Management'));
}

function subject(commonName: string, organizationalUnit: string): pki.CertificateField[] {
  return [
    { name: 'countryName', value: 'CA' },
    { name: 'organizationName', value: 'Example Corp' },
    { name: 'organizationalUnitName', value: organizationalUnit },
    { name: 'commonName', value: commonName },
  ];
}
