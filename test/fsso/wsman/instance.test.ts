import { expect, test } from 'vitest';
import {
  embedded,
  moment,
  property,
  readDmtf,
  values,
  whole,
  writeDmtf,
} from '../../../src/fsso/wsman/instance.ts';
import { parseXml } from '../../../src/fsso/wsman/xml.ts';

const instance = (content: string) =>
  parseXml(
    Buffer.from(
      `<p:Win32_NTLogEvent xmlns:p="urn:p" xmlns:cim="urn:cim" xmlns:xsi="urn:xsi">${content}</p:Win32_NTLogEvent>`,
    ),
  );

test('an array is as many elements of one name, and nil where there is none', () => {
  const strings = (content: string) => values(instance(content), 'InsertionStrings');
  expect(
    strings('<p:InsertionStrings>a</p:InsertionStrings><p:InsertionStrings> b</p:InsertionStrings>'),
  ).toEqual(['a', ' b']);
  expect(strings('<p:InsertionStrings xsi:nil="true"/>')).toEqual([]);
  expect(strings('<p:InsertionStrings/>')).toEqual(['']);
  expect(strings('<p:InsertionStrings>a</p:InsertionStrings><p:InsertionStrings xsi:nil="true"/>')).toEqual([
    'a',
    '',
  ]);
});

test('a value is nil, absent or text, and only a whole number is one', () => {
  const all = instance('<p:a xsi:nil="true"/><p:b> 12 </p:b><p:c>-1</p:c><p:d>99999999999999999</p:d>');
  expect(property(all, 'a')).toBeNull();
  expect(property(all, 'e')).toBeNull();
  expect(whole(all, 'B')).toBe(12);
  expect(whole(all, 'c')).toBeNull();
  expect(whole(all, 'd')).toBeNull();
});

test.each([
  ['20260115093000.123456+060', '2026-01-15T08:30:00.123Z'],
  ['20260115093000.000000-300', '2026-01-15T14:30:00.000Z'],
  ['20240229235959.999999+000', '2024-02-29T23:59:59.999Z'],
])('WMI writes %s for %s', (text, iso) => {
  expect(new Date(readDmtf(text) ?? 0).toISOString()).toBe(iso);
});

test('our own times come back', () => {
  const now = Date.UTC(2026, 10, 22, 17, 20, 7, 5);
  expect(writeDmtf(now)).toBe('20261122172007.005000+000');
  expect(readDmtf(writeDmtf(now))).toBe(now);
});

test.each([
  '20260230000000.000000+000',
  '20261322000000.000000+000',
  '20260115240000.000000+000',
  '20260115236000.000000+000',
  '2026011509****.******+060',
  '00000001000000.000000:000',
  '20260115093000+060',
  '',
])('%j is no moment', (text) => {
  expect(readDmtf(text)).toBeNull();
});

test('a moment may stand in an element of its own, in the form of XML or in that of WMI', () => {
  const all = instance(
    '<p:a><cim:Datetime>2026-01-15T09:30:00.5+01:00</cim:Datetime></p:a><p:b>20260115083000.500000+000</p:b><p:c>yesterday</p:c><p:d><cim:Datetime>2026-01-15T09:30:00</cim:Datetime></p:d>',
  );
  const due = Date.UTC(2026, 0, 15, 8, 30, 0, 500);
  expect(moment(all, 'a')).toBe(due);
  expect(moment(all, 'b')).toBe(due);
  expect(moment(all, 'c')).toBeNull();
  expect(moment(all, 'd')).toBeNull();
});

test('an event carries the instance that it is about', () => {
  const all = instance('<p:TargetInstance><p:RecordNumber>7</p:RecordNumber></p:TargetInstance>');
  const target = embedded(all, 'TargetInstance');
  expect(target && whole(target, 'RecordNumber')).toBe(7);
});
