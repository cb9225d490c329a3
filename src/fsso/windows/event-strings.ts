// Where in the strings of a security event the values stand that tell of a logon: RPC and WMI give the strings in order,
// without names (docs/protocol/windows.md, Event log). The names are those that the same event has in XML.

/** Position of each value, from 0. */
type Layout = Readonly<Record<string, number>>;

const kerberosTicket: Layout = {
  TargetUserName: 0,
  TargetDomainName: 1,
  TargetSid: 2,
  ServiceName: 3,
  Status: 6,
  IpAddress: 9,
};

const namedLogon: Layout = {
  TargetUserName: 0,
  TargetDomainName: 1,
  LogonType: 3,
  WorkstationName: 6,
  IpAddress: 13,
};

const layouts: Readonly<Record<number, Layout>> = {
  // Windows 2008 and later.
  4768: kerberosTicket,
  4769: {
    TargetUserName: 0,
    TargetDomainName: 1,
    ServiceName: 2,
    IpAddress: 6,
    Status: 8,
    TransmittedServices: 10,
  },
  4770: { TargetUserName: 0, TargetDomainName: 1, ServiceName: 2, IpAddress: 6 },
  4776: { TargetUserName: 1, Workstation: 2, Status: 3 },
  4624: {
    TargetUserSid: 4,
    TargetUserName: 5,
    TargetDomainName: 6,
    LogonType: 8,
    WorkstationName: 11,
    IpAddress: 18,
  },
  // Windows 2003.
  672: kerberosTicket,
  673: {
    TargetUserName: 0,
    TargetDomainName: 1,
    ServiceName: 2,
    IpAddress: 6,
    Status: 7,
    TransmittedServices: 9,
  },
  680: { TargetUserName: 1, Workstation: 2, Status: 3 },
  528: namedLogon,
  540: namedLogon,
};

/** The ids whose strings are understood. */
export const understoodIds: readonly number[] = Object.keys(layouts).map(Number);

/** The values of an event's strings by name; null for an event that is not understood. What is not there is left out. */
export function namedStrings(id: number, strings: readonly string[]): Record<string, string> | null {
  const layout = layouts[id];
  if (layout === undefined) return null;
  const data: Record<string, string> = Object.create(null);
  for (const [name, position] of Object.entries(layout)) {
    const value = strings[position];
    if (value !== undefined) data[name] = value;
  }
  return data;
}
