/** A Windows event as Windows Event Forwarding writes it, with the data given. */
export function windowsEvent(
  id: number,
  data: Readonly<Record<string, string>>,
  { computer = 'DC01.corp.example', time = '2026-01-15T09:00:00.1234567Z' } = {},
): string {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const values = Object.entries(data)
    .map(([name, value]) => `<Data Name='${name}'>${escaped(value)}</Data>`)
    .join('');
  return `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' Guid='{54849625-5478-4994-A5BA-3E3B0328C30D}'/><EventID>${id}</EventID><Version>2</Version><Level>0</Level><Task>12544</Task><Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime='${time}'/><EventRecordID>4711</EventRecordID><Execution ProcessID='652' ThreadID='712'/><Channel>Security</Channel><Computer>${computer}</Computer><Security/></System><EventData>${values}</EventData></Event>`;
}

/** A ticket of Kerberos for a user at an address: 4768. */
export const ticket = (user: string, ip: string, more: Parameters<typeof windowsEvent>[2] = {}): string =>
  windowsEvent(
    4768,
    {
      TargetUserName: user,
      TargetDomainName: 'CORP',
      TargetSid: 'S-1-5-21-1-2-3-1104',
      ServiceName: 'krbtgt',
      Status: '0x0',
      IpAddress: `::ffff:${ip}`,
      IpPort: '49731',
    },
    more,
  );

/** A logon over the network at a machine: 4624 of type 3. */
export const networkLogon = (
  user: string,
  ip: string,
  more: Parameters<typeof windowsEvent>[2] = {},
  data: Readonly<Record<string, string>> = {},
): string =>
  windowsEvent(
    4624,
    {
      SubjectUserName: '-',
      TargetUserName: user,
      TargetDomainName: 'CORP',
      LogonType: '3',
      LogonProcessName: 'NtLmSsp ',
      WorkstationName: '-',
      IpAddress: ip,
      ...data,
    },
    more,
  );
