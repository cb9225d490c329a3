import { expect, test } from 'vitest';
import { descendant, escapeXml, parseXml, textAt, WsmanDecodeError } from '../../../src/fsso/wsman/xml.ts';

const parse = (text: string) => parseXml(Buffer.from(text));

test('namespaces follow their prefixes, wherever they are declared and re-declared', () => {
  const root = parse(
    '<?xml version="1.0"?><s:A xmlns:s="urn:1" xmlns="urn:2"><B/><s:B xmlns:s="urn:3"/><C xmlns=""/><s:D s:x="1"/></s:A>',
  );
  expect([root, ...root.children].map(({ name, namespace }) => `${namespace} ${name}`)).toEqual([
    'urn:1 A',
    'urn:2 B',
    'urn:3 B',
    ' C',
    'urn:1 D',
  ]);
  expect(root.children[3]?.attributes).toEqual(new Map([['x', '1']]));
});

test('text keeps line ends, entities and what is quoted as it stands', () => {
  const root = parse('<a>1&lt;&amp;lt;&#10;&#x41;<b/><![CDATA[<c>&amp;</c>]]> 2</a>');
  expect(root.text).toBe('1<&lt;\nA<c>&amp;</c> 2');
});

test('whatever was escaped comes back, but for characters that XML does not have', () => {
  const text = `<&>"'\t\n\r ü \u{1f600} ]]>`;
  const root = parse(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`);
  expect(root.text).toBe(text);
  expect(root.attributes.get('b')).toBe(text);
  expect(escapeXml('\0\x1b\ud800')).toBe('\ufffd\ufffd\ufffd');
});

test('UTF-16 with its mark and UTF-8 with one are read alike', () => {
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<a>ü</a>', 'utf16le')]);
  expect(parseXml(utf16).text).toBe('ü');
  expect(parse('\ufeff<a>ü</a>').text).toBe('ü');
});

test.each([
  ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
  ['a document that ends too early', '<a><b></b>'],
  ['two outermost elements', '<a/><b/>'],
  ['nothing', ''],
  ['no XML', 'HTTP/1.1 200 OK'],
  ['an element that JavaScript knows', '<__proto__/>'],
  ['elements that stand too deep', `${'<a>'.repeat(60)}${'</a>'.repeat(60)}`],
  ['too many elements', `<a>${'<b/>'.repeat(60_001)}</a>`],
])('%s is refused', (_what, text) => {
  expect(() => parse(text)).toThrow(WsmanDecodeError);
});

test('a way down that is broken leads to nothing', () => {
  const root = parse('<a><b><c> x </c></b></a>');
  expect(textAt(root, 'b', 'c')).toBe('x');
  expect(textAt(root, 'b', 'd')).toBe('');
  expect(descendant(root, 'd', 'c')).toBeNull();
});
