import { sidText } from '../../src/fsso/directory/active-directory/sid.ts';
import { checkAnswer, messageLength } from '../../src/fsso/directory/answers.ts';
import { MalformedAnswer } from '../../src/fsso/directory/ber.ts';
import { ldap } from '../support/ldap-server.ts';
import type { Target } from './targets.ts';

/** What directory servers answer. */
export const directoryTargets: Readonly<Record<string, Target>> = {
  'ldap-answer': {
    read(bytes) {
      try {
        const length = messageLength(bytes);
        if (length === null || length > bytes.length) return;
        const { id } = checkAnswer(bytes.subarray(0, length));
        if (!Number.isInteger(id) || id < 0) throw new Error(`a message has the number ${id}`);
      } catch (error) {
        if (!(error instanceof MalformedAnswer)) throw error;
      }
      sidText(bytes);
    },
    sources: '/src/fsso/directory/',
    seeds: [
      ldap.bound(2, 49, 'data 52e'),
      ldap.entry(3, 'CN=a,DC=corp', {
        objectSid: [Buffer.from('010500000000000515000000', 'hex')],
        cn: ['a', 'b'],
      }),
      ldap.reference(3, 'ldap://elsewhere/DC=x'),
      ldap.page(3, 'cookie'),
      ldap.extended(1),
    ],
  },
};
