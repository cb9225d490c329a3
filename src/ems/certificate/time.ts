import { CertificateError, type Der, isUniversal, tags } from './der.ts';

// OpenSSL reads more than the one form that certificates may use: no seconds, and an offset instead of Z.
const utcTime = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{4})$/;
const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d+)?(Z|[+-]\d{4})$/;

/** Milliseconds since the epoch. @throws {CertificateError} when the value is no point in time. */
export function readTime(value: Der | undefined, what: string): number {
  if (!isUniversal(value, tags.utcTime) && !isUniversal(value, tags.generalizedTime))
    throw new CertificateError(`${what} is missing or of the wrong type`);
  return readTimeOctets(value.bytes, value.tag, what);
}

/** As `readTime`, for the content octets of a value whose own tag was replaced. */
export function readTimeOctets(bytes: Buffer, tag: number, what: string): number {
  const isUtc = tag === tags.utcTime;
  const parts = (isUtc ? utcTime : generalizedTime).exec(bytes.toString('latin1'));
  if (parts === null) throw new CertificateError(`${what} is not a time`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  // Two digits stand for 1950 to 2049 (RFC 5280, 4.1.2.5.1).
  const date = new Date(0);
  date.setUTCFullYear(isUtc ? year + (year < 50 ? 2000 : 1900) : year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  if (
    date.getUTCMonth() !== month - 1 ||
    date.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  )
    throw new CertificateError(`${what} is not a time`);
  return date.getTime() - offsetOf(parts[7] ?? 'Z');
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** `2017-12-05 00:37:57  GMT`: two blanks, as FortiOS prints it (docs/protocol/ems.md, Certificate text). */
export function gmtText(ms: number): string {
  return `${new Date(ms).toISOString().replace('T', ' ').slice(0, -5)}  GMT`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Jan  1 00:00:00 2017 GMT`, OpenSSL's own form, which it uses inside extensions. */
export function openSslTimeText(ms: number): string {
  return openSslText(ms, '');
}

/** `Jan  1 00:00:00.250 2017 GMT`. @throws {CertificateError} for a time that no date can hold. */
export function openSslMillisecondsText(ms: number): string {
  return openSslText(ms, `.${String(ms % 1000).padStart(3, '0')}`);
}

function openSslText(ms: number, fraction: string): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw new CertificateError('a time is out of range');
  const clock = date.toISOString().split('T')[1]?.slice(0, 8) ?? '';
  const day = String(date.getUTCDate()).padStart(2);
  return `${months[date.getUTCMonth()]} ${day} ${clock}${fraction} ${date.getUTCFullYear()} GMT`;
}
