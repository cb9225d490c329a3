import type { PollMode } from '../../../windows/reading.ts';

/** What each way of polling cannot see, one sentence (docs/protocol/windows.md, Polling). */
export const modeMisses: Readonly<Record<PollMode, string>> = {
  netapi:
    'Users whose session begins and ends between two polls, and machines that open none, such as those with macOS.',
  'event-log': 'Logons that the audit policy of the domain controller does not write down.',
  wmi: 'Logons that the audit policy of the domain controller does not write down.',
};
