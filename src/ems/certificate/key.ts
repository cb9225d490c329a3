import {
  bitsOf,
  CertificateError,
  type Der,
  expectUniversal,
  isUniversal,
  readDer,
  readOid,
  tags,
} from './der.ts';

export interface PublicKeyFacts {
  /** `RSA`, `RSA-PSS`, `EC P-256`, `Ed25519` …; the object identifier of an algorithm without a name here. */
  keyType: string;
  /** Modulus, field or curve size in bits; null where the algorithm is unknown. */
  keyBits: number | null;
}

const algorithms = {
  '1.2.840.113549.1.1.1': 'RSA',
  '1.2.840.113549.1.1.10': 'RSA-PSS',
  '1.2.840.10040.4.1': 'DSA',
  '1.2.840.10045.2.1': 'EC',
} as const;

/** Keys whose name is all there is to say. */
const fixedKeys: Readonly<Record<string, PublicKeyFacts>> = {
  '1.3.101.110': { keyType: 'X25519', keyBits: 256 },
  '1.3.101.111': { keyType: 'X448', keyBits: 448 },
  '1.3.101.112': { keyType: 'Ed25519', keyBits: 256 },
  '1.3.101.113': { keyType: 'Ed448', keyBits: 456 },
};

const curves: Readonly<Record<string, readonly [name: string, bits: number]>> = {
  '1.2.840.10045.3.1.1': ['P-192', 192],
  '1.3.132.0.33': ['P-224', 224],
  '1.2.840.10045.3.1.7': ['P-256', 256],
  '1.3.132.0.34': ['P-384', 384],
  '1.3.132.0.35': ['P-521', 521],
  '1.3.132.0.10': ['secp256k1', 256],
  '1.3.36.3.3.2.8.1.1.7': ['brainpoolP256r1', 256],
  '1.3.36.3.3.2.8.1.1.11': ['brainpoolP384r1', 384],
  '1.3.36.3.3.2.8.1.1.13': ['brainpoolP512r1', 512],
  '1.2.156.10197.1.301': ['SM2', 256],
};

/**
 * Reads a SubjectPublicKeyInfo. node-forge's own reader stops at every key that is not RSA, so the structure is read here.
 * @throws {CertificateError} when it is none.
 */
export function readPublicKey(value: Der | undefined): PublicKeyFacts {
  const [algorithm, key] = expectUniversal(value, tags.sequence, 'the public key').children;
  const [oidValue, parameters] = expectUniversal(algorithm, tags.sequence, 'the key algorithm').children;
  const oid = readOid(oidValue, 'the key algorithm');
  const { bits } = bitsOf(expectUniversal(key, tags.bitString, 'the public key').bytes);
  const fixed = fixedKeys[oid];
  if (fixed !== undefined) return { ...fixed };
  const keyType = algorithms[oid as keyof typeof algorithms];
  if (keyType === undefined) return { keyType: oid, keyBits: null };
  if (keyType === 'EC') return curveFacts(parameters);
  if (keyType === 'DSA') return { keyType, keyBits: sizeOf(parameters?.children[0]) };
  return { keyType, keyBits: sizeOf(readDer(bits).children[0]) };
}

function curveFacts(parameters: Der | undefined): PublicKeyFacts {
  if (parameters?.tag === tags.oid) {
    const oid = readOid(parameters, 'the curve');
    const [name, bits] = curves[oid] ?? [oid, null];
    return { keyType: `EC ${name}`, keyBits: bits };
  }
  // Version, field, curve …: the field names its prime.
  const prime = parameters?.children[1]?.children[1];
  return {
    keyType: 'EC with explicit parameters',
    keyBits: isUniversal(prime, tags.integer) ? sizeOf(prime) : null,
  };
}

/** Bits of a positive INTEGER. */
function sizeOf(value: Der | undefined): number | null {
  if (value === undefined) return null;
  const { bytes } = expectUniversal(value, tags.integer, 'the key');
  if (bytes.length === 0) throw new CertificateError('the key is empty');
  const first = bytes.findIndex((octet) => octet !== 0);
  return first < 0 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24;
}
