import type { CaCandidate } from '../../state/actions.ts';
import type { Question } from '../input/controls.ts';
import { expiryWords } from '../parts/expiry.ts';
import { fingerprintText } from '../parts/fingerprint.ts';

/** A question about one certificate, without what its answer does. */
export interface ImportQuestion extends Omit<Question, 'action'> {
  readonly certificate: CaCandidate;
}

/**
 * One question for each certificate of a file that is not installed yet, so that none is installed unseen. A text instead
 * says why there is nothing to ask.
 */
export function importQuestions(
  file: string,
  candidates: readonly CaCandidate[],
  now: number,
): ImportQuestion[] | string {
  const fresh = candidates.filter(({ verdict }) => verdict === 'new');
  const installed = candidates.filter(({ verdict }) => verdict === 'installed').length;
  const refused = candidates.length - fresh.length - installed;
  const left = [
    installed === 0 ? '' : `${installed} installed already`,
    refused === 0 ? '' : `${refused} no CA`,
  ].filter((text) => text !== '');
  if (fresh.length === 0) return `${file} has nothing to install: ${left.join(', ')}`;
  return fresh.map((certificate, place) => ({
    certificate,
    title: `Install this CA certificate?${fresh.length === 1 ? '' : ` (${place + 1} of ${fresh.length})`}`,
    lines: [
      ['SHA-256', fingerprintText(certificate.sha256, 0)],
      ['Subject', certificate.subject],
      ['Valid', expiryWords(certificate, now).text],
      ['File', file],
      ...(left.length > 0 ? [`Left out: ${left.join(', ')}.`] : []),
      '',
      'Every server whose chain leads to it is trusted from then on; certificates are still accepted one by one.',
    ],
    yes: 'Install',
  }));
}
