import { binaryXmlOf } from '../../../../src/fsso/rpc/interfaces/even6.ts';
import { resultOf } from '../../../../src/lab/windows/rpc/event-xml.ts';
import { ticketStrings } from '../../../support/scripted-controller.ts';

const about = {
  ...{ generated: 1_763_800_000, written: 1_763_800_000, type: 8, computer: 'DC1.corp.example' },
  source: 'Microsoft-Windows-Security-Auditing',
};

/** Result sets with a ticket for Jürgen, and with an event without data. */
export const someResults: readonly Buffer[] = [
  resultOf('Security', { ...about, record: 4711, id: 4768, strings: ticketStrings('Jürgen', '10.0.0.7') }),
  resultOf('Security', { ...about, record: 1, id: 1102, strings: [] }),
];

export const someXml: readonly Buffer[] = someResults.map(binaryXmlOf);
