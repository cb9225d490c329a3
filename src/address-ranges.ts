/**
 * A network as FortiOS and administrators write it (`10.1.0.0/16`, `10.1.0.0 255.255.0.0`, `10.1.0.5`, a range with `-`) in
 * one form: `network/bits` or `first-last`. Null where it is none.
 */
export function addressRange(written: string): string | null {
  const text = written.trim();
  const [address = '', mask, ...more] = text.split(/\s+/);
  if (mask === undefined) return plainRange.test(text) ? text : null;
  const bits = maskBits(mask);
  return more.length > 0 || bits === null || !isAddress.test(address) ? null : `${address}/${bits}`;
}

const isAddress = /^[\da-fA-F.:]{2,45}$/;
const plainRange = /^[\da-fA-F.:]{2,45}(?:\/\d{1,3}|-[\da-fA-F.:]{2,45})?$/;

/** Bits of a netmask such as `255.255.0.0`; null where its ones are not together. */
function maskBits(mask: string): number | null {
  const octets = mask.split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => !Number.isInteger(octet) || octet < 0 || octet > 255))
    return null;
  const binary = octets.map((octet) => octet.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(binary) ? binary.replace(/0+$/, '').length : null;
}
