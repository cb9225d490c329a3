import type { CaOffer } from '../../src/state/actions.ts';
import { keys } from '../support/render-screen.tsx';
import {
  accepted,
  authority,
  certificate,
  connector,
  connectorChanged,
  connectorToAccept,
  connectorUnknownCa,
  normalDay,
  pin,
  renewal,
  start,
} from '../support/rows.ts';
import { type Picture, testPictures } from '../support/screen-pictures.ts';

const tls = {
  stage: 'tcp',
  code: -1,
  message: 'EMS server was not reached (timeout)',
  cause: 'Routing, DNS, a closed port or a wrong source-ip.',
  fix: ['Test the path to the server.', 'Raise call-timeout (at most 180 s).'],
};

const unreachable = connector({
  name: 'ems137',
  state: 'failed',
  connection: 'Failed',
  certificate: '',
  serialNumber: null,
  tenantId: null,
  lastSuccess: start - 3_600_000,
  latencyMs: null,
  nextTryAt: start + 8_000,
  chain: [],
  trusted: false,
  pinned: false,
  problem: tls,
});

const loadingConnector = connector({
  name: 'ems137',
  state: 'resolving',
  connection: '',
  certificate: '',
  serialNumber: null,
  tenantId: null,
  lastSuccess: null,
  latencyMs: null,
  since: start,
  chain: [],
  trusted: false,
  pinned: false,
});

const day = 86_400_000;

const candidate = {
  subject: 'O = Example, CN = Example Root CA',
  issuer: 'O = Example, CN = Example Root CA',
  sha256: `${'3C:'.repeat(31)}3C`,
  validFrom: start - 100 * day,
  validTo: start + 20.5 * day,
  der: Buffer.from('root'),
} as const;
const importOffer: CaOffer = {
  ok: true,
  candidates: [
    { ...candidate, verdict: 'new' },
    { ...candidate, subject: 'CN = Server', verdict: 'no-ca' },
    { ...candidate, subject: 'CN = Known', verdict: 'installed' },
  ],
};

const none = { ems: 0, fsso: 0, admins: 0, fortigates: 0 };

const cases: Picture[] = [
  { name: 'connectors empty', configured: none },
  { name: 'connectors loading', configured: { ems: 3, fsso: 1, admins: 0, fortigates: 0 } },
  { name: 'connectors normal', changes: normalDay() },
  { name: 'connectors error', changes: [unreachable, connectorUnknownCa()], keys: ['G'] },
  { name: 'certificate empty', changes: [unreachable], keys: [keys.enter] },
  { name: 'certificate loading', changes: [loadingConnector], keys: [keys.enter] },
  { name: 'certificate normal', changes: [connectorToAccept()], keys: [keys.enter] },
  { name: 'certificate error', changes: [connectorUnknownCa()], keys: [keys.enter] },
  { name: 'certificate changed', changes: [connectorChanged()], keys: [keys.enter] },
  {
    name: 'certificate changed below',
    changes: [connectorChanged()],
    keys: [keys.enter, keys.pageDown],
  },
  {
    name: 'certificate changed and only its hash was kept',
    changes: [
      connectorChanged({ accepted: accepted({ certificate: null, server: null, serialNumber: null }) }),
    ],
    keys: [keys.enter],
  },
  {
    name: 'certificate of another CA of the same name',
    changes: [connectorChanged({ accepted: accepted({ issuerKey: 'c4'.repeat(32) }) }, renewal)],
    keys: [keys.enter],
  },
  {
    name: 'certificate changed under fingerprint',
    changes: [connectorChanged({ mode: 'fingerprint' }, renewal)],
    keys: [keys.enter],
  },
  { name: 'certificate changed question', changes: [connectorChanged()], keys: [keys.enter, 'a'] },
  {
    name: 'certificate renewed',
    changes: [connector({ name: 'ems137', chain: [renewal, authority()] })],
    keys: [keys.enter],
  },
  {
    name: 'certificate accepted',
    changes: [connector({ name: 'ems137' })],
    keys: [keys.enter],
  },
  {
    name: 'certificate of the authority',
    changes: [connector({ name: 'ems137' })],
    keys: [keys.enter, ']'],
  },
  {
    name: 'certificate of another place',
    changes: [
      connector({
        name: 'ems137',
        tenantId: 'A'.repeat(32),
        pin: pin({
          mode: 'fingerprint',
          hostMatches: false,
          accepted: accepted({
            server: 'old.example.com:443',
            serialNumber: 'FCTEMS0000000001',
            tenantId: '0'.repeat(32),
          }),
        }),
      }),
    ],
    keys: [keys.enter],
  },
  {
    name: 'certificate runs out',
    changes: [
      connector({
        name: 'ems137',
        chain: [
          certificate({ validTo: start + 12.5 * day }),
          authority({ validTo: start + 5.2 * day }),
          authority({ subject: 'CN = Example Root CA', validTo: start - 3.1 * day }),
        ],
      }),
    ],
    keys: [keys.enter],
  },
  {
    name: 'certificate with hostile and many names',
    changes: [
      connector({
        name: 'ems137',
        chain: [
          certificate({
            names: [
              'DNS:\u001b[2Jevil\r\n',
              ...Array.from({ length: 199 }, (_, n) => `DNS:host-${n}.example.com`),
            ],
          }),
        ],
      }),
    ],
    keys: [keys.enter],
  },
  {
    name: 'connectors running out',
    changes: [
      connector({ name: 'far' }),
      connector({ name: 'soon', chain: [certificate({ validTo: start + 30.5 * day })] }),
      connector({ name: 'urgent', chain: [certificate({ validTo: start + 7.5 * day })] }),
      connector({ name: 'expired', chain: [certificate({ validTo: start - 1.5 * day })] }),
      connector({ name: 'early', chain: [certificate({ validFrom: start + day })] }),
    ],
    keys: ['G'],
  },
  {
    name: 'import question',
    changes: [connectorUnknownCa()],
    offer: importOffer,
    keys: [keys.enter, 'I', ...'/tmp/ca.pem', keys.enter],
  },
  {
    name: 'import completion',
    changes: [connectorUnknownCa()],
    paths: ['/tmp/ca.pem', '/tmp/ca.der', '/tmp/certs/'],
    keys: [keys.enter, 'I', ...'/tmp/c', keys.tab],
  },
];

testPictures(cases);
