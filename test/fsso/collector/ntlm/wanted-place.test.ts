import { expect, test } from 'vitest';
import { samePlace, wantedPlace } from '../../../../src/fsso/collector/ntlm/wanted-place.ts';

const to = (host: string, url: string, method = 'GET') =>
  wantedPlace({ method, url, headers: { host } }, 8090);

test.each([
  ['a.example', '/', 'http://a.example/'],
  ['a.example:8080', '/x?y=1', 'http://a.example:8080/x?y=1'],
  ['[fd00::1]', '/', 'http://[fd00::1]/'],
  // Two slashes name no other host, and what would end a header or be one is written as URLs write it.
  ['a.example', '//evil.example/', 'http://a.example//evil.example/'],
  ['a.example', '/\\evil.example', 'http://a.example//evil.example'],
  ['a.example', '/a"b<c>\r\nSet-Cookie: x', 'http://a.example/a%22b%3Cc%3ESet-Cookie:%20x'],
])('%s%s is %s', (host, url, expected) => {
  expect(to(host, url)).toBe(expected);
});

test.each([
  ['the gate itself', 'gate.example:8090', '/', 'GET'],
  ['what cannot be repeated', 'a.example', '/', 'POST'],
  ['a proxy', 'a.example', 'http://evil.example/', 'GET'],
  ['a name and a password', 'user:pass@evil.example', '/', 'GET'],
  ['no host', '', '/', 'GET'],
  ['a host that ends a line', 'a.example\r\nX: y', '/', 'GET'],
  ['a port that is none', 'a.example:99999', '/', 'GET'],
  ['more than a header holds', 'a.example', `/${'x'.repeat(3000)}`, 'GET'],
])('%s is no place to go on to', (_what, host, url, method) => {
  expect(to(host, url, method)).toBeNull();
});

test.each([
  ['/page?x=1', 'GET', false, '/page?x=1'],
  ['/', 'HEAD', false, '/'],
  ['http://a.example/page?x=1', 'GET', true, 'http://a.example/page?x=1'],
  ['/a"b\r\nSet-Cookie: x', 'GET', false, '/a%22bSet-Cookie:%20x'],
  // Each of these would lead to another host.
  ['//evil.example/', 'GET', false, null],
  ['/\\evil.example/', 'GET', false, null],
  ['/.//evil.example/', 'GET', false, null],
  ['http://evil.example/', 'GET', false, null],
  // And these nowhere.
  ['/page', 'POST', false, null],
  ['*', 'OPTIONS', false, null],
  ['a.example:443', 'CONNECT', true, null],
  ['https://a.example/', 'GET', true, null],
  ['/page', 'GET', true, null],
  [`/${'x'.repeat(3000)}`, 'GET', false, null],
])('%s of %s, by a proxy: %s, is asked for once more as %s', (url, method, isProxy, expected) => {
  expect(samePlace({ method, url }, isProxy)).toBe(expected);
});
