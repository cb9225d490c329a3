import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { Clock } from '../clock.ts';
import { replacePrivateFile, whileLocked } from '../private-file.ts';
import { caName, readCas, removeCa, writeCa } from './ca-directory.ts';
import { type CertificateDetails, readCertificate } from './certificate.ts';
import {
  comparePin,
  type Pin,
  type PinMode,
  type PinnedFacts,
  type PinnedPlace,
  type PinVerdict,
} from './pin.ts';
import { TrustStoreError, unreadable, unwritable } from './trust-error.ts';
import { parsePins, pinsText } from './trust-file.ts';

export { TrustStoreError } from './trust-error.ts';

/** Octets; seven connectors with the longest certificates that are read fit. */
const longestStore = 4_194_304;

export interface ImportResult {
  installed: CertificateDetails[];
  /** Were installed already, here or by the configuration. */
  duplicates: CertificateDetails[];
  /** Are no CA certificates, and were not installed. */
  refused: CertificateDetails[];
}

export interface InstalledCa {
  details: CertificateDetails;
  /** A file of the key `trust.ca` holds it. */
  configured: boolean;
  imported: boolean;
}

/** `configured`: only the configuration can take it away; `still-configured`: so it is installed all the same. */
export interface RemoveResult {
  outcome: 'removed' | 'configured' | 'still-configured' | 'unknown';
  details: CertificateDetails | null;
}

/**
 * Accepted certificates, in one file, and installed CAs: those of the configuration and those imported, which are a file
 * each in a directory beside it (docs/protocol/ems.md, Trust and pins). Several processes may use one store at a time.
 */
export class TrustStore {
  readonly path: string;
  readonly #caDirectory: string;
  readonly #configured: readonly Buffer[];
  readonly #fileNames: ReadonlyMap<string, string>;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #pins: Pin[] = [];
  #imported: Buffer[] = [];
  #signature = '';

  private constructor(
    path: string,
    configured: readonly Buffer[],
    fileNames: ReadonlyMap<string, string>,
    clock: Clock,
  ) {
    this.path = path;
    this.#fileNames = fileNames;
    const { dir, name } = parse(path);
    this.#caDirectory = join(dir, `${name}-ca`);
    this.#configured = configured;
    this.#clock = clock;
  }

  /**
   * `configured` are the CAs that the configuration names, DER, and `fileNames` what their files are called, without the
   * ending, by `caName`. A store that does not exist yet is empty.
   * @throws TrustStoreError when it exists and cannot be read
   */
  static open(
    path: string,
    clock: Clock,
    configured: readonly Buffer[] = [],
    fileNames: ReadonlyMap<string, string> = new Map(),
  ): TrustStore {
    const store = new TrustStore(path, configured, fileNames, clock);
    store.#load();
    return store;
  }

  /** Installed CAs, DER, each once. */
  cas(): Buffer[] {
    const unique = new Map<string, Buffer>();
    for (const der of [...this.#configured, ...this.#imported]) unique.set(caName(der), der);
    return [...unique.values()];
  }

  /**
   * The installed CAs that `verifying-ca` may mean: by the name of the file in `trust.ca`, by CN, or by SHA-256. What the
   * synchronisation of a Fabric calls `CSF_<name>_<hash>_<n>` is `<name>` (docs/protocol/ems.md, Trust and pins).
   */
  named(name: string): Buffer[] {
    const wanted = /^CSF_(.+)_[0-9A-Fa-f]+_\d+$/.exec(name)?.[1] ?? name;
    const digest = wanted.replaceAll(':', '').toLowerCase();
    return this.cas().filter((der) => {
      const own = caName(der);
      if (own === digest || this.#fileNames.get(own) === wanted) return true;
      return readCertificate(der).subjectCommonName === wanted;
    });
  }

  pin(connector: string): Pin | null {
    return this.#pins.find((pin) => pin.connector === connector) ?? null;
  }

  matches(connector: string, shown: PinnedFacts, mode: PinMode): PinVerdict {
    return comparePin(this.pin(connector), shown, mode);
  }

  /** Pins what a person accepted, in place of any earlier pin of the connector. @throws TrustStoreError */
  async accept(
    connector: string,
    facts: PinnedFacts,
    mode: PinMode,
    place: Partial<PinnedPlace> = {},
  ): Promise<void> {
    const unknown: PinnedPlace = { server: null, serialNumber: null, tenantId: null };
    const pin: Pin = { connector, ...facts, ...unknown, ...place, acceptedAt: this.#clock.now(), mode };
    await this.#change((pins) => [...pins.filter((other) => other.connector !== connector), pin]);
  }

  /** Keeps the tenant with a pin that has none yet; without a pin nothing is kept. @throws TrustStoreError */
  async keepTenant(connector: string, tenantId: string): Promise<void> {
    await this.#change((pins) => {
      const found = pins.find((pin) => pin.connector === connector);
      if (!found || found.tenantId !== null) return null;
      return pins.map((pin) => (pin === found ? { ...pin, tenantId } : pin));
    });
  }

  /** Removes the pin of a connector; false when there was none. @throws TrustStoreError */
  async forget(connector: string): Promise<boolean> {
    let found = false;
    await this.#change((pins) => {
      found = pins.some((pin) => pin.connector === connector);
      return found ? pins.filter((pin) => pin.connector !== connector) : null;
    });
    return found;
  }

  /**
   * Installs CA certificates, DER. Self-signed ones pass as CAs, since they are their own issuer.
   * @throws CertificateError for one that cannot be read, before any is installed
   * @throws TrustStoreError when they cannot be stored
   */
  importCa(certificates: readonly Buffer[]): ImportResult {
    const result: ImportResult = { installed: [], duplicates: [], refused: [] };
    const known = new Set(this.cas().map(caName));
    const accepted: [name: string, der: Buffer][] = [];
    for (const der of certificates) {
      const details = readCertificate(der);
      const name = caName(der);
      if (!details.isCa && details.subject !== details.issuer) result.refused.push(details);
      else if (known.has(name)) result.duplicates.push(details);
      else {
        known.add(name);
        accepted.push([name, der]);
        result.installed.push(details);
      }
    }
    try {
      for (const [name, der] of accepted) writeCa(this.#caDirectory, name, der);
    } catch (error) {
      throw unwritable(this.path, error);
    }
    if (accepted.length > 0) this.refresh();
    return result;
  }

  /** Installed CAs with where they come from, those of the configuration first. */
  installedCas(): InstalledCa[] {
    const imported = new Set(this.#imported.map(caName));
    const configured = new Set(this.#configured.map(caName));
    return this.cas().map((der) => ({
      details: readCertificate(der),
      configured: configured.has(caName(der)),
      imported: imported.has(caName(der)),
    }));
  }

  /**
   * Removes an imported CA by its SHA-256, with `:` or without. Pins stay: they count again when the chain leads to an
   * installed CA again. @throws TrustStoreError
   */
  removeCa(sha256: string): RemoveResult {
    const wanted = sha256.replaceAll(':', '').toLowerCase();
    const found = this.installedCas().find(({ details }) => caName(details.der) === wanted);
    if (!found) return { outcome: 'unknown', details: null };
    if (!found.imported) return { outcome: 'configured', details: found.details };
    try {
      removeCa(this.#caDirectory, wanted);
    } catch (error) {
      throw unwritable(this.path, error);
    }
    this.refresh();
    return { outcome: found.configured ? 'still-configured' : 'removed', details: found.details };
  }

  /** Reads again what another process may have changed. An unreadable store leaves what is known as it is. */
  refresh(): void {
    if (this.#currentSignature() === this.#signature) return;
    try {
      this.#load();
    } catch {
      return;
    }
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each change of pins or CAs. Returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #change(edit: (pins: readonly Pin[]) => Pin[] | null): Promise<void> {
    try {
      await whileLocked(this.path, this.#clock, () => {
        // Another process may have written since: its pins are kept.
        const pins = edit(this.#read());
        if (pins) replacePrivateFile(this.path, pinsText(pins));
      });
    } catch (error) {
      throw error instanceof TrustStoreError ? error : unwritable(this.path, error);
    }
    this.refresh();
  }

  #load(): void {
    const signature = this.#currentSignature();
    this.#pins = this.#read();
    this.#imported = readCas(this.path, this.#caDirectory);
    this.#signature = signature;
  }

  // A rename gives the file another inode, and a CA that comes or goes changes its directory's time.
  #currentSignature(): string {
    return [this.path, this.#caDirectory]
      .map((path) => {
        try {
          const found = statSync(path, { throwIfNoEntry: false, bigint: true });
          return found ? `${found.ino}:${found.size}:${found.mtimeNs}:${found.mode}` : 'none';
        } catch (error) {
          return String((error as NodeJS.ErrnoException).code);
        }
      })
      .join(' ');
  }

  #read(): Pin[] {
    const text = this.#readText();
    if (text === null) return [];
    const pins = parsePins(text);
    if (Array.isArray(pins)) return pins;
    throw new TrustStoreError(this.path, null, pins.reason, [
      'Look at the file; restore it from a copy, or move it away to begin with an empty store.',
    ]);
  }

  #readText(): string | null {
    let file: number;
    try {
      file = openSync(this.path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw unreadable(this.path, error);
    }
    try {
      const status = fstatSync(file);
      if (!status.isFile()) throw new TrustStoreError(this.path, null, 'is not a regular file', []);
      if ((status.mode & 0o022) !== 0)
        throw new TrustStoreError(this.path, null, 'can be changed by group or others', [
          'Check its content, then run chmod 600 on it.',
        ]);
      if (status.size > longestStore) throw new TrustStoreError(this.path, null, 'is too long', []);
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw error instanceof TrustStoreError ? error : unreadable(this.path, error);
    } finally {
      closeSync(file);
    }
  }
}
