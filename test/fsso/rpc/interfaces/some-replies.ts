import type { EventRecord } from '../../../../src/fsso/rpc/interfaces/event-record.ts';

/** A ticket for anna, and a record with little in it. */
export const someRecords: readonly EventRecord[] = [
  {
    record: 18930,
    generated: 1_763_800_000,
    written: 1_763_800_001,
    id: 4768,
    type: 8,
    source: 'Microsoft-Windows-Security-Auditing',
    computer: 'DC1.corp.example',
    strings: ['anna', 'CORP.EXAMPLE', 'S-1-5-21-1-2-3-1104', 'krbtgt', '', '0x40810010', '0x0', 'Jürgen'],
    sid: 'S-1-5-18',
  },
  {
    record: 18931,
    generated: 0,
    written: 0,
    id: 1102,
    type: 0,
    source: '',
    computer: '',
    strings: [],
    sid: null,
  },
];
