import type { Datagram, DatagramToSend } from '../../../src/fsso/wire/datagram.ts';
import {
  encodeAuthResult,
  encodeBulk,
  encodeEvent,
  encodeGroupFilter,
  encodeHello,
  encodeKeepalive,
  encodeSendAll,
  type LogonRecord,
  type Message,
} from '../../../src/fsso/wire/messages.ts';
import type { Sender } from '../../../src/fsso/wire/profile.ts';

/** A message of the TCP 8000 stream as bytes, as what a decoder makes of it, and as the call that writes it. */
export interface MessageExample {
  name: string;
  from: Sender;
  hex: string;
  messages: Message[];
  encode: () => Buffer;
}

/** A datagram as bytes, as what a decoder makes of it, and as what the encoder takes to write it. */
export interface DatagramExample {
  name: string;
  hex: string;
  datagram: Datagram;
  send: DatagramToSend;
  nul?: boolean;
}

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const nothing = Buffer.alloc(0);

const user1: LogonRecord = {
  loggedOn: true,
  ip: '192.168.201.199',
  session: 0,
  user: 'USER1',
  domain: 'FORTILABMX',
  workstation: 'WINPC01',
  groups: 'FORTILABMX/DOMAIN USERS+FORTILABMX/SALES',
  logonTime: 1713732662,
  kind: 1,
  portRanges: [],
  extra: [],
};
const anna: LogonRecord = {
  ...user1,
  ip: '10.0.0.25',
  user: 'ANNA',
  workstation: 'PC-25',
  groups: 'FORTILABMX/SALES',
  logonTime: 1713732700,
};
const bob: LogonRecord = {
  ...anna,
  ip: '10.0.0.60',
  session: 3,
  user: 'BOB',
  workstation: 'TS01!3',
  logonTime: 1713732800,
  kind: 16,
  portRanges: [
    [1224, 1423],
    [1424, 1623],
  ],
};
const user1Off: LogonRecord = { ...user1, loggedOn: false };

const modernHello = {
  sync: 100001,
  capability: 2,
  name: 'FSSO 5.0.0278',
  identity: 'FSAE_SERVER_10001',
  proof: bytes('000102030405060708090a0b0c0d0e0f'),
  extra: [],
};
const oldHello = { ...modernHello, name: 'FSAE server 1.1', proof: Buffer.alloc(16) };
const clientHello = {
  sync: 1,
  capability: 0x20,
  name: 'Brocolli v1.0.0',
  identity: 'FG44FAAS00123456',
  proof: bytes('3b41a6bfc58fe3f14f5144804816ef7c'),
  extra: [],
};
const filter = ['CN=Sales,OU=Groups,DC=example,DC=com', 'CN=IT,OU=Groups,DC=example,DC=com'];

/** Worked examples T1 to T15: two hellos of a collector, one of a FortiGate, then the others in the order of their use. */
export const messageExamples: MessageExample[] = [
  {
    name: 'T1 hello of a collector that wants a password',
    from: 'collector',
    hex:
      '0000005a80060000000a0103000186a10000000a1003000000020000001311054653534f20352e30' +
      '2e30323738000000161201000102030405060708090a0b0c0d0e0f000000171301465341455f5345' +
      '525645525f3130303031',
    messages: [{ kind: 'hello', ...modernHello }],
    encode: () => encodeHello('collector', modernHello),
  },
  {
    name: 'T2 hello of an old collector without one',
    from: 'collector',
    hex:
      '0000005c80060000000a0103000186a10000000a1003000000020000001511054653414520736572' +
      '76657220312e3100000016120100000000000000000000000000000000000000171301465341455f' +
      '5345525645525f3130303031',
    messages: [{ kind: 'hello', ...oldHello }],
    encode: () => encodeHello('collector', oldHello),
  },
  {
    name: 'T3 hello of a FortiGate with a padded identity',
    from: 'fortigate',
    hex:
      '0000006080060000000a0103000000010000000a10030000002000000016110142726f636f6c6c69' +
      '2076312e302e30000000001a13014647343446414153303031323334353600000000000000161201' +
      '3b41a6bfc58fe3f14f5144804816ef7c',
    messages: [{ kind: 'hello', ...clientHello }],
    encode: () => encodeHello('fortigate', { ...clientHello, identityPadding: 4 }),
  },
  {
    name: 'T4 authentication accepted',
    from: 'collector',
    hex: '0000001a87060000000a0103000000010000000a900300000001',
    messages: [{ kind: 'auth-result', sync: 1, status: 1, extra: [] }],
    encode: () => encodeAuthResult(1, 1),
  },
  {
    name: 'T5 authentication refused',
    from: 'collector',
    hex: '0000001a87060000000a0103000000010000000a900300000000',
    messages: [{ kind: 'auth-result', sync: 1, status: 0, extra: [] }],
    encode: () => encodeAuthResult(1, 0),
  },
  {
    name: 'T6 group filter of two names',
    from: 'fortigate',
    hex:
      '0000007782060000000a0103000000020000000a2003000000020000003040060000002a4105434e' +
      '3d53616c65732c4f553d47726f7570732c44433d6578616d706c652c44433d636f6d0000002d4006' +
      '000000274105434e3d49542c4f553d47726f7570732c44433d6578616d706c652c44433d636f6d',
    messages: [{ kind: 'group-filter', sync: 2, groups: filter, extra: [] }],
    encode: () => encodeGroupFilter(2, filter),
  },
  {
    name: 'T7 empty group filter',
    from: 'fortigate',
    hex: '0000001a82060000000a0103000000030000000a200300000000',
    messages: [{ kind: 'group-filter', sync: 3, groups: [], extra: [] }],
    encode: () => encodeGroupFilter(3, []),
  },
  {
    name: 'T8 request for all logons',
    from: 'fortigate',
    hex: '0000002483060000000a0103000000020000000a3003000000010000000a310300000000',
    messages: [{ kind: 'send-all', sync: 2, extra: [] }],
    encode: () => encodeSendAll(2),
  },
  {
    name: 'T9 bulk of two logons',
    from: 'collector',
    hex:
      '0000012584060000000a0103000186a20000000a6003000000010000000a6103000000000000008e' +
      '50060000000a5103000000010000000a5803000000000000000a5903000000010000000a5203c0a8' +
      'c9c70000000a570366257c360000000d530557494e50433031000000105405464f5254494c41424d' +
      '580000000b550555534552310000002e5605464f5254494c41424d582f444f4d41494e2055534552' +
      '532b464f5254494c41424d582f53414c45530000007350060000000a5103000000010000000a5803' +
      '000000000000000a5903000000010000000a52030a0000190000000a570366257c5c0000000b5305' +
      '50432d3235000000105405464f5254494c41424d580000000a5505414e4e41000000165605464f52' +
      '54494c41424d582f53414c4553',
    messages: [
      { kind: 'bulk-start', sync: 100002, extra: [] },
      { kind: 'bulk-record', record: user1 },
      { kind: 'bulk-record', record: anna },
      { kind: 'bulk-end', extra: [] },
    ],
    encode: () => encodeBulk(100002, [user1, anna]),
  },
  {
    name: 'T10 bulk of no logons',
    from: 'collector',
    hex: '0000002484060000000a0103000186a20000000a6003000000010000000a610300000000',
    messages: [
      { kind: 'bulk-start', sync: 100002, extra: [] },
      { kind: 'bulk-end', extra: [] },
    ],
    encode: () => encodeBulk(100002, []),
  },
  {
    name: 'T11 logon',
    from: 'collector',
    hex:
      '000000a885060000000a0103000186a30000000a7003000000000000008e50060000000a51030000' +
      '00010000000a5803000000000000000a5903000000010000000a5203c0a8c9c70000000a57036625' +
      '7c360000000d530557494e50433031000000105405464f5254494c41424d580000000b5505555345' +
      '52310000002e5605464f5254494c41424d582f444f4d41494e2055534552532b464f5254494c4142' +
      '4d582f53414c4553',
    messages: [{ kind: 'event', sync: 100003, record: user1, extra: [] }],
    encode: () => encodeEvent(100003, user1),
  },
  {
    name: 'T12 logoff',
    from: 'collector',
    hex:
      '000000a885060000000a0103000186a40000000a7003000000000000008e50060000000a51030000' +
      '00000000000a5803000000010000000a5903000000010000000a5203c0a8c9c70000000a57036625' +
      '7c360000000d530557494e50433031000000105405464f5254494c41424d580000000b5505555345' +
      '52310000002e5605464f5254494c41424d582f444f4d41494e2055534552532b464f5254494c4142' +
      '4d582f53414c4553',
    messages: [{ kind: 'event', sync: 100004, record: user1Off, extra: [] }],
    encode: () => encodeEvent(100004, user1Off),
  },
  {
    name: 'T13 logon on a terminal server with two port ranges',
    from: 'collector',
    hex:
      '000000ab85060000000a0103000186a50000000a7003000000000000009150060000000a51030000' +
      '00010000000a5803000000000000000a5903000000100000000a52030a00003c0000000a57036625' +
      '7cc00000000c5305545330312133000000105405464f5254494c41424d58000000095505424f4200' +
      '0000165605464f5254494c41424d582f53414c45530000000a5d03000000030000000a5c0304c805' +
      '8f0000000a5c0305900657',
    messages: [{ kind: 'event', sync: 100005, record: bob, extra: [] }],
    encode: () => encodeEvent(100005, bob),
  },
  {
    name: 'T14 keepalive of a collector',
    from: 'collector',
    hex: '0000001086060000000a0103000186a6',
    messages: [{ kind: 'keepalive', sync: 100006, extra: [] }],
    encode: () => encodeKeepalive(100006),
  },
  {
    name: 'T15 keepalive of a FortiGate',
    from: 'fortigate',
    hex: '0000001086060000000a010300000004',
    messages: [{ kind: 'keepalive', sync: 4, extra: [] }],
    encode: () => encodeKeepalive(4),
  },
];

const plain: DatagramToSend & { kind: 'logon' } = {
  kind: 'logon',
  time: 1713732662,
  ip: '192.168.201.199',
  workstation: 'WINPC01',
  domain: 'FORTILABMX',
  user: 'user1',
};
const polled: DatagramToSend & { kind: 'logon' } = {
  ...plain,
  time: 1713748528,
  ip: null,
  workstation: '192.168.201.199',
  domain: 'FORTILABMX.NET',
};
const keepalive: Datagram & DatagramToSend = {
  kind: 'keepalive',
  time: 1713732670,
  domain: 'FORTILABMX',
  version: '5.0.0278',
};
const administrator: DatagramToSend & { kind: 'logon' } = {
  kind: 'logon',
  time: 1404345600,
  ip: '192.168.239.50',
  workstation: '192.168.239.50',
  domain: 'FORTINET',
  user: 'administrator',
  terminal: { session: 1, portRanges: [[5001, 5200]] },
};
const session3: DatagramToSend & { kind: 'logon' } = {
  ...plain,
  time: 1713732800,
  ip: '10.0.0.60',
  workstation: '10.0.0.60',
  user: 'BOB',
  terminal: { session: 3, portRanges: bob.portRanges },
};

/** A logon as the decoder gives it: every field that was not sent is there, and empty. */
export const received = (sent: DatagramToSend & { kind: 'logon' }): Datagram => ({
  ip2: null,
  ipv6: null,
  terminal: null,
  rejectedRanges: 0,
  tail: nothing,
  ...sent,
});

/** Worked examples U1 to U8: logons with every known tail, and a keepalive. */
export const datagramExamples: DatagramExample[] = [
  {
    name: 'U1 logon',
    hex: '002566257c36c0a8c9c7001857494e504330312f464f5254494c41424d582f757365723100',
    datagram: received(plain),
    send: plain,
  },
  {
    name: 'U2 logon whose address the collector has to find',
    hex:
      '00316625ba300000000000243139322e3136382e3230312e3139392f464f5254494c41424d582e4e' +
      '45542f757365723100',
    datagram: received(polled),
    send: polled,
  },
  {
    name: 'U3 logon with a second address',
    hex: '002966257c36c0a8c9c7001857494e504330312f464f5254494c41424d582f7573657231000a141e' + '63',
    datagram: received({ ...plain, ip2: '10.20.30.99' }),
    send: { ...plain, ip2: '10.20.30.99' },
  },
  {
    name: 'U4 logon without a NUL',
    hex: '002466257c36c0a8c9c7001857494e504330312f464f5254494c41424d582f7573657231',
    datagram: received(plain),
    send: plain,
    nul: false,
  },
  {
    name: 'U5 keepalive',
    hex: '002a66257c3effffffff001d464f5254494c41424d582f6b656570616c6976652f352e302e303237' + '3800',
    datagram: keepalive,
    send: keepalive,
  },
  {
    name: 'U6 logon on a terminal server',
    hex:
      '005253b49d00c0a8ef3200253139322e3136382e3233392e35302f464f5254494e45542f61646d69' +
      '6e6973747261746f7200000000000000000000000000000000028000001400000001000000011389' +
      '1450',
    datagram: received(administrator),
    send: administrator,
  },
  {
    name: 'U7 logon on a terminal server with two port ranges',
    hex:
      '004966257cc00a00003c001831302e302e302e36302f464f5254494c41424d582f424f4200000000' +
      '0000000000000000000000000280000018000000030000000204c8058f05900657',
    datagram: received(session3),
    send: session3,
  },
  {
    name: 'U8 logon with an IPv6 address',
    hex:
      '003666257c36c0a8c9c7001857494e504330312f464f5254494c41424d582f7573657231002002c0' +
      'a8c9c7000000000000c0a8c9c700',
    datagram: received({ ...plain, ipv6: '2002:c0a8:c9c7::c0a8:c9c7' }),
    send: { ...plain, ipv6: '2002:c0a8:c9c7::c0a8:c9c7' },
  },
];
