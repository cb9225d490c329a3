import { AndFilter, EqualityFilter, ExtensibleFilter, type Filter, OrFilter } from 'ldapts';

// Filters are built and not written: a value goes over the wire as its bytes, so that nothing in a name can be syntax. (A
// text with escapes that are no UTF-8 would silently match nothing.)

export function equals(attribute: string, value: string | Buffer): Filter {
  return new EqualityFilter({ attribute, value });
}

export function all(...filters: Filter[]): Filter {
  return new AndFilter({ filters });
}

export function any(filters: readonly Filter[]): Filter {
  const [only] = filters;
  return filters.length === 1 && only ? only : new OrFilter({ filters: [...filters] });
}

/** True of an object that is linked to `name`, directly or through others (LDAP_MATCHING_RULE_IN_CHAIN, MS-ADTS 3.1.1.3.4.4). */
export function inChain(attribute: string, name: string): Filter {
  return new ExtensibleFilter({ matchType: attribute, rule: '1.2.840.113556.1.4.1941', value: name });
}
