import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';

/** Why a document was not taken (docs/fabric.md, What a member refuses). */
export type RefusalCode =
  | 'oversized'
  | 'unreadable'
  | 'not-canonical'
  | 'unknown-format'
  | 'newer-version'
  | 'malformed'
  | 'unsigned'
  | 'wrong-signature'
  | 'other-root'
  | 'rolled-back'
  | 'same-revision';

interface Words {
  readonly message: string;
  readonly cause: string;
  readonly fix: readonly string[];
}

const publishAgain = 'Publish again on the root: fabrictop fabric publish.';
const lookAtPath = 'Find out who can change the document between the root and this member.';

const words: Readonly<Record<RefusalCode, Words>> = {
  oversized: {
    message: 'The Fabric document is too long',
    cause: 'No document of a root is that long; it was not read.',
    fix: ['Look at what lies in the place of the document.', publishAgain],
  },
  unreadable: {
    message: 'The Fabric document cannot be read',
    cause: 'It was cut off on the way, or it is something else.',
    fix: ['Look at what lies in the place of the document.', publishAgain],
  },
  'not-canonical': {
    message: 'The Fabric document is not in its canonical form',
    cause: 'Something wrote it anew, or changed it; a signature holds for the canonical form alone.',
    fix: [lookAtPath, publishAgain],
  },
  'unknown-format': {
    message: 'This is no Fabric document',
    cause: 'The transport leads to a document of another kind.',
    fix: ['Correct fabric.transport.'],
  },
  'newer-version': {
    message: 'The Fabric document has a newer layout',
    cause: 'The root runs a newer fabrictop.',
    fix: ['Update fabrictop on this member.'],
  },
  malformed: {
    message: 'The Fabric document holds what no root writes',
    cause: 'Something changed it, or the root runs another release.',
    fix: [lookAtPath, publishAgain],
  },
  unsigned: {
    message: 'The Fabric document is not signed',
    cause: 'This member takes only what its root has signed.',
    fix: [
      'Set fabric.signing-key on the root.',
      'Or, to take settings alone, without CAs and pins, replace root-key by "unsigned-settings: accept".',
    ],
  },
  'wrong-signature': {
    message: 'The signature of the Fabric document is wrong',
    cause: 'It was changed after it was signed, or it was signed with another key than fabric.root-key.',
    fix: ['Compare fabric.root-key with what "fabrictop fabric status" prints on the root.', lookAtPath],
  },
  'other-root': {
    message: 'The Fabric document comes from another root',
    cause: 'The transport leads to another Fabric, or the root was replaced.',
    fix: ['Correct fabric.transport, or fabric.root when the root was replaced.'],
  },
  'rolled-back': {
    message: 'The Fabric document is older than the one in force',
    cause: 'Somebody plays an old document back, or the root lost its state and counts anew.',
    fix: [
      lookAtPath,
      'When the root counts anew: fabrictop fabric publish --revision N there, with N above the revision in force.',
    ],
  },
  'same-revision': {
    message: 'The Fabric document differs from the one in force of the same revision',
    cause: 'Two roots sign with one key, or the root lost its state.',
    fix: [
      'Let only one root have the signing key.',
      'Then publish above both: fabrictop fabric publish --revision N on the root.',
    ],
  },
};

/** A document that was not taken: nothing of it counts. */
export class FabricRefusal extends Error {
  readonly code: RefusalCode;
  readonly problem: Problem;

  /** `detail` may hold text of the peer. */
  constructor(code: RefusalCode, detail = '') {
    const { message, cause, fix } = words[code];
    const line = detail === '' ? message : `${message}: ${safeText(detail)}`;
    super(line);
    this.name = 'FabricRefusal';
    this.code = code;
    this.problem = { stage: 'fabric', code, message: line, cause, fix };
  }
}
