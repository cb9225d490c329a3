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
  ['an entity that nobody declared', '<a>&b;</a>'],
  ['an ampersand that stands for itself', '<a>b & c</a>'],
  ['an end of another element', '<a><b></a></b>'],
  ['an attribute without quotes', '<a b=c/>'],
  ['an attribute that does not end', '<a b="c/>'],
  ['attributes that stand close', '<a b="1"c="2"/>'],
  ['an element inside of an attribute', '<a b="<c/>"/>'],
  ['a tag that does not end', '<a'],
  ['a comment that does not end', '<a><!-- b</a>'],
  ['text in front', 'b<a/>'],
  ['text behind', '<a/>b'],
  ['elements that stand too deep', `${'<a>'.repeat(60)}${'</a>'.repeat(60)}`],
  ['too many namespaces', `<a ${Array.from({ length: 101 }, (_, at) => `xmlns:p${at}=""`).join(' ')}/>`],
  ['too many elements', `<a>${'<b/>'.repeat(60_001)}</a>`],
])('%s is refused', (_what, text) => {
  expect(() => parse(text)).toThrow(WsmanDecodeError);
});

test('names that JavaScript knows are names like others, and do nothing else', () => {
  const root = parse('<__proto__ constructor="1"><toString/></__proto__>');
  expect([root.name, root.attributes.get('constructor'), root.children[0]?.name]).toEqual([
    ...['__proto__', '1', 'toString'],
  ]);
});

test('comments and instructions are passed over, and line ends become one character', () => {
  const root = parse('<!-- b --><?c d?><a>1\r\n2\r3<!-- <c> --><?d <e> ?>4</a ><!---->\n');
  expect(root.text).toBe('1\n2\n34');
  expect(root.children).toEqual([]);
});

test('what is no character becomes a replacement, so that an event with one is still read', () => {
  expect(parse('<a>&#0;&#xd800;&#x110000;&#1;</a>').text).toBe('\ufffd\ufffd\ufffd\u0001');
});

test('a way down that is broken leads to nothing', () => {
  const root = parse('<a><b><c> x </c></b></a>');
  expect(textAt(root, 'b', 'c')).toBe('x');
  expect(textAt(root, 'b', 'd')).toBe('');
  expect(descendant(root, 'd', 'c')).toBeNull();
});
