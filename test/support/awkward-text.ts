import fc from 'fast-check';

/** Pieces that are wide, joined, stacked or hostile, in any order. */
export const awkwardPieces: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      'alice',
      '山田太郎',
      '山'.repeat(30),
      '👩‍👩‍👧',
      '👍🏽',
      '🇩🇪',
      '1️⃣',
      'e\u0301',
      'a\u0300\u0301\u0302\u0303\u0304\u0305\u0306',
      'क्षि',
      '\u1112\u1161\u11ab',
      'ｱﾞ',
      '\u0300'.repeat(12),
      '\u202eevil\u202c',
      '\u2066x',
      '\u001b[31mred\u001b[0m',
      '\u001b]0;owned\u0007',
      '\u009b2J',
      '\u200b',
      '\ufeff',
      '\r\n\t',
      '\ud83d',
      '\u00ad',
      '\u3000',
      ' ',
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

/** Texts of the kind that break tables: such pieces, and any code points. */
export const awkwardText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  awkwardPieces,
);
