import { expect, test } from 'vitest';
import { evidenceText } from '../src/evidence-text.ts';

const event = { kind: 'event', id: 4624, record: 46, log: 'Security', by: 'wmi', logonType: 3 } as const;

test.each([
  [{ kind: 'session' } as const, 'a session in the list of dc1 (NetAPI)'],
  [event, 'event 4624 (logon, type 3: network), record 46, log Security, read by WMI at dc1'],
  [
    { ...event, id: 4768, logonType: null, by: 'event-log' as const },
    'event 4768 (Kerberos ticket), record 46, log Security, read at dc1',
  ],
  [
    { ...event, id: 4776, logonType: null, record: null, log: null, by: 'forwarded' as const },
    'event 4776 (NTLM check), forwarded from dc1',
  ],
  // What nobody here has a name for is told by its number.
  [{ ...event, id: 1, logonType: 99 }, 'event 1 (type 99), record 46, log Security, read by WMI at dc1'],
])('evidence is told in one line (%#)', (evidence, text) => expect(evidenceText(evidence, 'dc1')).toBe(text));
