/** How a domain controller calls itself and its domain. */
export interface SambaNames {
  readonly realm: string;
  /** NetBIOS names. */
  readonly domain: string;
  readonly computer: string;
  readonly dnsDomain: string;
  readonly dnsComputer: string;
}

export function sambaNames(realm = 'CORP.EXAMPLE'): SambaNames {
  const domain = realm.split('.')[0] as string;
  // Names of machines are known across domains, so each has another.
  const computer = domain === 'CORP' ? 'DC1' : `${domain}DC`;
  const dnsDomain = realm.toLowerCase();
  return { realm, domain, computer, dnsDomain, dnsComputer: `${computer.toLowerCase()}.${dnsDomain}` };
}
