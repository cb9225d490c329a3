export interface NetlogonUser {
  readonly password: string;
  /** NTSTATUS of a right password; 0 where it is missing. */
  readonly status?: number;
  /** Relative identifiers. */
  readonly groups?: readonly number[];
}

/** What a domain controller of the lab knows of who logs on. */
export interface NetlogonDomain {
  /** NetBIOS name. */
  readonly domain: string;
  /** The one machine that may ask, without its `$`, and the password of its account. */
  readonly computer: string;
  readonly password: string;
  /** By name, in any case. */
  readonly users: Readonly<Record<string, NetlogonUser>>;
  /** Of groups, by relative identifier; those that are not here have none. */
  readonly groupNames?: Readonly<Record<number, string>>;
}

/** The domain's SID is S-1-5 and these. */
export const domainSidParts = [21, 1, 2, 3] as const;

/** Statuses that a domain controller gives (MS-ERREF 2.3.1). */
export const statuses = {
  noSuchUser: 0xc0000064,
  logonFailure: 0xc000006d,
  wrongPassword: 0xc000006a,
  accessDenied: 0xc0000022,
  noTrustAccount: 0xc000018b,
} as const;
