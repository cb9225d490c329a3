import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkAnswer } from '../../../src/fsso/directory/answers.ts';
import { MalformedAnswer } from '../../../src/fsso/directory/ber.ts';
import { element, ldap } from '../../support/ldap-server.ts';

const message = (...content: Buffer[]) => ldap.message(7, ...content);
const octets = (text: string) => element(0x04, text);

describe('what is let through', () => {
  test.each([
    ['a bind', ldap.bound(7, 49, 'no'), 'bind'],
    ['an entry', ldap.entry(7, 'CN=a', { cn: ['a', 'b'], empty: [] }), 'entry'],
    ['an entry without attributes', ldap.entry(7, 'CN=a'), 'entry'],
    ['a reference', ldap.reference(7, 'ldap://elsewhere/DC=x'), 'reference'],
    ['the end', ldap.done(7), 'done'],
    ['the end of a page', ldap.page(7, 'cookie'), 'done'],
    ['an extended answer', ldap.extended(7), 'extended'],
    [
      'an extended answer with a name and a value',
      message(
        element(
          0x78,
          element(0x0a, Buffer.from([0])),
          octets(''),
          octets(''),
          element(0x8a, '1.2'),
          element(0x8b, 'x'),
        ),
      ),
      'extended',
    ],
    [
      'an end with referrals',
      message(
        element(
          0x65,
          element(0x0a, Buffer.from([10])),
          octets(''),
          octets(''),
          element(0xa3, octets('ldap://x')),
        ),
      ),
      'done',
    ],
  ])('%s', (_, bytes, kind) => {
    expect(checkAnswer(bytes)).toEqual({ id: 7, kind });
  });
});

describe('what is not', () => {
  const list = (...content: Buffer[]) => element(0x30, ...content);
  test.each([
    ['an entry without a list of attributes', message(element(0x64, octets('CN=a')))],
    ['an attribute without values', message(element(0x64, octets('CN=a'), list(list(octets('cn')))))],
    [
      'values that are numbers',
      message(element(0x64, octets('CN=a'), list(list(octets('cn'), element(0x31, element(0x02, 'x')))))),
    ],
    [
      'something behind an attribute',
      message(element(0x64, octets('CN=a'), list(list(octets('cn'), element(0x31), octets('x'))))),
    ],
    ['something behind the message', Buffer.concat([ldap.done(7), Buffer.from([0])])],
    ['a reference to nothing', message(element(0x73))],
    ['a result without a text', message(element(0x65, element(0x0a, Buffer.from([0])), octets('')))],
    ['a kind that nobody asked for', message(ldap.result(0x69, 0))],
    ['a request', message(element(0x42))],
    ['a number of five bytes', element(0x30, element(0x02, Buffer.alloc(5)), ldap.result(0x65, 0))],
    ['a number of none', element(0x30, element(0x02), ldap.result(0x65, 0))],
    ['an indefinite length', Buffer.from([0x30, 0x80, 0x02, 0x01, 0x07, 0x00, 0x00])],
    ['an element longer than the message', Buffer.from([0x30, 0x05, 0x02, 0x01, 0x07, 0x65, 0x20])],
    [
      'a page of nonsense',
      message(
        ldap.result(0x65, 0),
        element(0xa0, list(octets('1.2.840.113556.1.4.319'), octets('nonsense'))),
      ),
    ],
    [
      'a control that nobody asked for',
      message(ldap.result(0x65, 0), element(0xa0, list(octets('1.2.840.113556.1.4.474'), octets('x')))),
    ],
  ])('%s', (_, bytes) => {
    expect(() => checkAnswer(bytes)).toThrow(MalformedAnswer);
  });

  test('whatever the bytes: an answer or a refusal, never anything else', () => {
    const seeds = [
      ldap.bound(7),
      ldap.entry(7, 'CN=a', { cn: ['a'] }),
      ldap.page(7, 'c'),
      ldap.reference(7, 'ldap://x'),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
        fc.nat(60),
        (seed, changes, cut) => {
          const bytes = Buffer.from(seed);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            checkAnswer(cut < 10 ? bytes.subarray(0, bytes.length - cut) : bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedAnswer);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
