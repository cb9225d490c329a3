import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SyslogFraming } from '../../../../../src/fsso/collector/feeds/syslog/framing.ts';

function framed(longest: number, ...chunks: string[]) {
  const framing = new SyslogFraming(longest);
  const messages: string[] = [];
  let tooLong = 0;
  for (const chunk of chunks) {
    const frames = framing.push(Buffer.from(chunk));
    messages.push(...frames.messages.map(String));
    tooLong += frames.tooLong;
    expect(framing.buffered).toBeLessThanOrEqual(longest + 8);
  }
  return { messages, tooLong, last: framing.finish()?.toString() ?? null };
}

test('counted messages and lines may follow each other', () => {
  expect(framed(100, '6 <1>a\nb<2>line\r\n\n5 <3>xy<4>tail')).toEqual({
    messages: ['<1>a\nb', '<2>line\r', '<3>xy'],
    tooLong: 0,
    last: '<4>tail',
  });
});

test('a line that begins with a number is no counted message', () => {
  expect(framed(100, '722051 User anna\n12\n')).toMatchObject({ messages: ['722051 User anna', '12'] });
});

test('what is too long is passed over, and what follows is read', () => {
  expect(framed(10, `<1>${'x'.repeat(50)}`, `${'x'.repeat(50)}\n<2>ok\n`)).toMatchObject({
    messages: ['<2>ok'],
    tooLong: 1,
  });
  expect(framed(10, `50 <${'x'.repeat(20)}`, `${'x'.repeat(29)}5 <1>ok`)).toMatchObject({
    messages: ['<1>ok'],
    tooLong: 1,
  });
});

test('how a stream was cut into chunks does not matter', () => {
  const message = fc.string({ unit: fc.constantFrom('a', '1', ' ', '<'), maxLength: 20 });
  const stream = fc
    .array(
      fc.record({ text: message, counted: fc.boolean() }).map(({ text, counted }) => {
        const body = `<${text}`;
        return counted ? `${body.length} ${body}` : `${body}\n`;
      }),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 7 }), (text, size) => {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      expect(framed(15, ...pieces)).toEqual(framed(15, text));
    }),
  );
});
