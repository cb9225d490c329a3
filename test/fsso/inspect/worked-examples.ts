// Messages of TCP 8000 as an encoder and a walker wrote them that share nothing with this program, with every attribute in them.
// Offsets and lengths count bytes; names, addresses and keys are invented.

export interface WorkedExample {
  readonly name: string;
  readonly hex: string;
  /** Offset, code, type, length, depth, value; the value is empty for a container. */
  readonly attributes: readonly (readonly [number, string, string, number, number, string])[];
}

export const workedExamples: readonly WorkedExample[] = [
  {
    name: 'T1 server hello (password required, sync 100001)',
    hex:
      '0000005a80060000000a0103000186a10000000a100300000002000000131105' +
      '4653534f20352e302e30323738000000161201000102030405060708090a0b0c' +
      '0d0e0f000000171301465341455f5345525645525f3130303031',
    attributes: [
      [6, '01', 'integer', 10, 1, '100001'],
      [16, '10', 'integer', 10, 1, '2'],
      [26, '11', 'string', 19, 1, 'FSSO 5.0.0278'],
      [45, '12', 'opaque', 22, 1, '000102030405060708090a0b0c0d0e0f'],
      [67, '13', 'opaque', 23, 1, 'FSAE_SERVER_10001'],
    ],
  },
  {
    name: 'T2 server hello (legacy banner, no auth: zero challenge)',
    hex:
      '0000005c80060000000a0103000186a10000000a100300000002000000151105' +
      '465341452073657276657220312e310000001612010000000000000000000000' +
      '0000000000000000171301465341455f5345525645525f3130303031',
    attributes: [
      [6, '01', 'integer', 10, 1, '100001'],
      [16, '10', 'integer', 10, 1, '2'],
      [26, '11', 'string', 21, 1, 'FSAE server 1.1'],
      [47, '12', 'opaque', 22, 1, '00000000000000000000000000000000'],
      [69, '13', 'opaque', 23, 1, 'FSAE_SERVER_10001'],
    ],
  },
  {
    name: 'T3 client hello (sync 1)',
    hex:
      '0000006080060000000a0103000000010000000a100300000020000000161101' +
      '42726f636f6c6c692076312e302e30000000001a130146473434464141533030' +
      '313233343536000000000000001612013b41a6bfc58fe3f14f5144804816ef7c',
    attributes: [
      [6, '01', 'integer', 10, 1, '1'],
      [16, '10', 'integer', 10, 1, '32'],
      [26, '11', 'opaque', 22, 1, 'Brocolli v1.0.0\0'],
      [48, '13', 'opaque', 26, 1, 'FG44FAAS00123456\0\0\0\0'],
      [74, '12', 'opaque', 22, 1, '3b41a6bfc58fe3f14f5144804816ef7c'],
    ],
  },
  {
    name: 'T4 auth result accepted (echo client sync 1)',
    hex: '0000001a87060000000a0103000000010000000a900300000001',
    attributes: [
      [6, '01', 'integer', 10, 1, '1'],
      [16, '90', 'integer', 10, 1, '1'],
    ],
  },
  {
    name: 'T5 auth result refused (value 0 assumed)',
    hex: '0000001a87060000000a0103000000010000000a900300000000',
    attributes: [
      [6, '01', 'integer', 10, 1, '1'],
      [16, '90', 'integer', 10, 1, '0'],
    ],
  },
  {
    name: 'T6 group filter, 2 DNs (client sync 2; inner codes assumed)',
    hex:
      '0000007782060000000a0103000000020000000a200300000002000000304006' +
      '0000002a4105434e3d53616c65732c4f553d47726f7570732c44433d6578616d' +
      '706c652c44433d636f6d0000002d4006000000274105434e3d49542c4f553d47' +
      '726f7570732c44433d6578616d706c652c44433d636f6d',
    attributes: [
      [6, '01', 'integer', 10, 1, '2'],
      [16, '20', 'integer', 10, 1, '2'],
      [26, '40', 'container', 48, 1, ''],
      [32, '41', 'string', 42, 2, 'CN=Sales,OU=Groups,DC=example,DC=com'],
      [74, '40', 'container', 45, 1, ''],
      [80, '41', 'string', 39, 2, 'CN=IT,OU=Groups,DC=example,DC=com'],
    ],
  },
  {
    name: 'T7 empty group filter (client sync 3; inner codes assumed)',
    hex: '0000001a82060000000a0103000000030000000a200300000000',
    attributes: [
      [6, '01', 'integer', 10, 1, '3'],
      [16, '20', 'integer', 10, 1, '0'],
    ],
  },
  {
    name: 'T8 send-all request (client sync 2)',
    hex: '0000002483060000000a0103000000020000000a3003000000010000000a3103' + '00000000',
    attributes: [
      [6, '01', 'integer', 10, 1, '2'],
      [16, '30', 'integer', 10, 1, '1'],
      [26, '31', 'integer', 10, 1, '0'],
    ],
  },
  {
    name: 'T9 bulk logons, 2 users (server sync 100002)',
    hex:
      '0000012584060000000a0103000186a20000000a6003000000010000000a6103' +
      '000000000000008e50060000000a5103000000010000000a5803000000000000' +
      '000a5903000000010000000a5203c0a8c9c70000000a570366257c360000000d' +
      '530557494e50433031000000105405464f5254494c41424d580000000b550555' +
      '534552310000002e5605464f5254494c41424d582f444f4d41494e2055534552' +
      '532b464f5254494c41424d582f53414c45530000007350060000000a51030000' +
      '00010000000a5803000000000000000a5903000000010000000a52030a000019' +
      '0000000a570366257c5c0000000b530550432d3235000000105405464f525449' +
      '4c41424d580000000a5505414e4e41000000165605464f5254494c41424d582f' +
      '53414c4553',
    attributes: [
      [6, '01', 'integer', 10, 1, '100002'],
      [16, '60', 'integer', 10, 1, '1'],
      [26, '61', 'integer', 10, 1, '0'],
      [36, '50', 'container', 142, 1, ''],
      [42, '51', 'integer', 10, 2, '1'],
      [52, '58', 'integer', 10, 2, '0'],
      [62, '59', 'integer', 10, 2, '1'],
      [72, '52', 'integer', 10, 2, '192.168.201.199'],
      [82, '57', 'integer', 10, 2, '1713732662'],
      [92, '53', 'string', 13, 2, 'WINPC01'],
      [105, '54', 'string', 16, 2, 'FORTILABMX'],
      [121, '55', 'string', 11, 2, 'USER1'],
      [132, '56', 'string', 46, 2, 'FORTILABMX/DOMAIN USERS+FORTILABMX/SALES'],
      [178, '50', 'container', 115, 1, ''],
      [184, '51', 'integer', 10, 2, '1'],
      [194, '58', 'integer', 10, 2, '0'],
      [204, '59', 'integer', 10, 2, '1'],
      [214, '52', 'integer', 10, 2, '10.0.0.25'],
      [224, '57', 'integer', 10, 2, '1713732700'],
      [234, '53', 'string', 11, 2, 'PC-25'],
      [245, '54', 'string', 16, 2, 'FORTILABMX'],
      [261, '55', 'string', 10, 2, 'ANNA'],
      [271, '56', 'string', 22, 2, 'FORTILABMX/SALES'],
    ],
  },
  {
    name: 'T10 bulk logons, 0 users (server sync 100002)',
    hex: '0000002484060000000a0103000186a20000000a6003000000010000000a6103' + '00000000',
    attributes: [
      [6, '01', 'integer', 10, 1, '100002'],
      [16, '60', 'integer', 10, 1, '1'],
      [26, '61', 'integer', 10, 1, '0'],
    ],
  },
  {
    name: 'T11 logon event (server sync 100003)',
    hex:
      '000000a885060000000a0103000186a30000000a7003000000000000008e5006' +
      '0000000a5103000000010000000a5803000000000000000a5903000000010000' +
      '000a5203c0a8c9c70000000a570366257c360000000d530557494e5043303100' +
      '0000105405464f5254494c41424d580000000b550555534552310000002e5605' +
      '464f5254494c41424d582f444f4d41494e2055534552532b464f5254494c4142' +
      '4d582f53414c4553',
    attributes: [
      [6, '01', 'integer', 10, 1, '100003'],
      [16, '70', 'integer', 10, 1, '0'],
      [26, '50', 'container', 142, 1, ''],
      [32, '51', 'integer', 10, 2, '1'],
      [42, '58', 'integer', 10, 2, '0'],
      [52, '59', 'integer', 10, 2, '1'],
      [62, '52', 'integer', 10, 2, '192.168.201.199'],
      [72, '57', 'integer', 10, 2, '1713732662'],
      [82, '53', 'string', 13, 2, 'WINPC01'],
      [95, '54', 'string', 16, 2, 'FORTILABMX'],
      [111, '55', 'string', 11, 2, 'USER1'],
      [122, '56', 'string', 46, 2, 'FORTILABMX/DOMAIN USERS+FORTILABMX/SALES'],
    ],
  },
  {
    name: 'T12 logoff event (server sync 100004)',
    hex:
      '000000a885060000000a0103000186a40000000a7003000000000000008e5006' +
      '0000000a5103000000000000000a5803000000010000000a5903000000010000' +
      '000a5203c0a8c9c70000000a570366257c360000000d530557494e5043303100' +
      '0000105405464f5254494c41424d580000000b550555534552310000002e5605' +
      '464f5254494c41424d582f444f4d41494e2055534552532b464f5254494c4142' +
      '4d582f53414c4553',
    attributes: [
      [6, '01', 'integer', 10, 1, '100004'],
      [16, '70', 'integer', 10, 1, '0'],
      [26, '50', 'container', 142, 1, ''],
      [32, '51', 'integer', 10, 2, '0'],
      [42, '58', 'integer', 10, 2, '1'],
      [52, '59', 'integer', 10, 2, '1'],
      [62, '52', 'integer', 10, 2, '192.168.201.199'],
      [72, '57', 'integer', 10, 2, '1713732662'],
      [82, '53', 'string', 13, 2, 'WINPC01'],
      [95, '54', 'string', 16, 2, 'FORTILABMX'],
      [111, '55', 'string', 11, 2, 'USER1'],
      [122, '56', 'string', 46, 2, 'FORTILABMX/DOMAIN USERS+FORTILABMX/SALES'],
    ],
  },
  {
    name: 'T13 terminal-server logon event, session 3, two ranges (server sync 100005)',
    hex:
      '000000ab85060000000a0103000186a50000000a700300000000000000915006' +
      '0000000a5103000000010000000a5803000000000000000a5903000000100000' +
      '000a52030a00003c0000000a570366257cc00000000c53055453303121330000' +
      '00105405464f5254494c41424d58000000095505424f42000000165605464f52' +
      '54494c41424d582f53414c45530000000a5d03000000030000000a5c0304c805' +
      '8f0000000a5c0305900657',
    attributes: [
      [6, '01', 'integer', 10, 1, '100005'],
      [16, '70', 'integer', 10, 1, '0'],
      [26, '50', 'container', 145, 1, ''],
      [32, '51', 'integer', 10, 2, '1'],
      [42, '58', 'integer', 10, 2, '0'],
      [52, '59', 'integer', 10, 2, '16'],
      [62, '52', 'integer', 10, 2, '10.0.0.60'],
      [72, '57', 'integer', 10, 2, '1713732800'],
      [82, '53', 'string', 12, 2, 'TS01!3'],
      [94, '54', 'string', 16, 2, 'FORTILABMX'],
      [110, '55', 'string', 9, 2, 'BOB'],
      [119, '56', 'string', 22, 2, 'FORTILABMX/SALES'],
      [141, '5d', 'integer', 10, 2, '3'],
      [151, '5c', 'integer', 10, 2, '1224-1423'],
      [161, '5c', 'integer', 10, 2, '1424-1623'],
    ],
  },
  {
    name: 'T14 keepalive from collector (sync 100006)',
    hex: '0000001086060000000a0103000186a6',
    attributes: [[6, '01', 'integer', 10, 1, '100006']],
  },
  {
    name: 'T15 keepalive from FortiGate (sync 4)',
    hex: '0000001086060000000a010300000004',
    attributes: [[6, '01', 'integer', 10, 1, '4']],
  },
];
