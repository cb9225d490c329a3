import type { CaCandidate } from '../../state/actions.ts';
import type { Question } from '../input/controls.ts';
import { expiryWords } from '../parts/expiry.ts';
import { fingerprintText } from '../parts/fingerprint.ts';

// A question that does not fit the window cannot be read before it is answered.
const mostListed = 3;

/**
 * The question before CA certificates are installed: what will be, and what of the file is left out. A text instead says
 * why there is nothing to ask.
 */
export function importQuestion(
  file: string,
  candidates: readonly CaCandidate[],
  now: number,
  install: (certificates: readonly Uint8Array[]) => void,
): Question | string {
  const fresh = candidates.filter(({ verdict }) => verdict === 'new');
  const installed = candidates.filter(({ verdict }) => verdict === 'installed').length;
  const refused = candidates.length - fresh.length - installed;
  const left = [
    installed === 0 ? '' : `${installed} installed already`,
    refused === 0 ? '' : `${refused} no CA`,
  ].filter((text) => text !== '');
  if (fresh.length === 0) return `${file} has nothing to install: ${left.join(', ')}`;
  const hidden = fresh.length - mostListed;
  const many = fresh.length === 1 ? 'this CA certificate' : `${fresh.length} CA certificates`;
  return {
    title: `Install ${many}?`,
    lines: [
      ['File', file],
      ...fresh.slice(0, mostListed).flatMap((each): (readonly [string, string])[] => [
        ['Subject', each.subject],
        ['SHA-256', fingerprintText(each.sha256, 0)],
        ['Valid', expiryWords(each, now).text],
      ]),
      ...(hidden > 0 ? [`and ${hidden} more, which fabrictop ems import-ca names`] : []),
      ...(left.length > 0 ? [`Left out: ${left.join(', ')}.`] : []),
      '',
      'Every server whose chain leads to it is trusted from then on; certificates are still accepted one by one.',
    ],
    yes: 'Install',
    action: () => install(fresh.map(({ der }) => der)),
  };
}
