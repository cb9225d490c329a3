import { problemOf } from '../../src/fsso/gate/problems.ts';
import type { CollectorRow, StoreChange } from '../../src/state/changes.ts';
import type { HandshakeView } from '../../src/state/link-view.ts';
import { collector, start } from './rows.ts';

const minute = 60_000;
const host = 'dc02.corp.example';
const certificate = {
  subject: 'CN=other.corp.example',
  issuer: 'O=Example Corp, CN=Example Corp Issuing CA',
  validFrom: start - 300 * 24 * 60 * minute,
  validTo: start + 21 * 24 * 60 * minute,
  sha256: Array.from({ length: 32 }, (_, place) => (place + 160).toString(16).toUpperCase()).join(':'),
  names: 'DNS:other.corp.example',
  protocol: 'TLSv1.3',
  verdict: 'WRONG_NAME',
};

function handshake(given: Partial<HandshakeView> = {}): HandshakeView {
  return {
    stages: [
      { name: 'TCP', state: 'done', tookMs: 4 },
      { name: 'hello', state: 'done', tookMs: 11 },
      { name: 'authentication', state: 'done', tookMs: 3 },
      { name: 'first bulk', state: 'done', tookMs: 640 },
    ],
    certificate: null,
    collectorIdentity: 'FSAE_SERVER_10001',
    challengeLength: 16,
    challengeIsEmpty: false,
    strategy: 'hmac-md5-serial-challenge',
    identity: 'FGVM010000000001-root',
    verdict: 1,
    ...given,
  };
}

/** A connector that left its first collector, whose logons are kept, and whose third shows a wrong certificate. */
export function failedOver(): StoreChange[] {
  const context = { host, port: 8001, hasTls: true, certificate, passwordLength: 8, identity: '' };
  const wrongName = problemOf('tls-name', context, 'WRONG_NAME');
  const lost: Partial<CollectorRow> = {
    server: '10.0.0.11:8000',
    active: false,
    state: 'lost',
    since: start - 2 * minute,
    logons: 12,
    keptUntil: start + 3 * minute,
    handshake: handshake(),
    probe: { at: null, stages: [], problem: null, nextAt: start + 40_000 },
    problem: problemOf('closed', { host: '10.0.0.11', port: 8000, passwordLength: 8, identity: '' }),
  };
  return [
    collector(lost),
    collector({
      server: '10.0.0.12:8000',
      position: 2,
      since: start - 2 * minute,
      failedOverAt: start - 2 * minute,
      attempts: [start - 2 * minute],
      orphans: 3,
      refused: 1_000,
      clockSkewMs: -7 * minute,
      handshake: handshake(),
      probe: { at: null, stages: [], problem: null, nextAt: null },
    }),
    collector({
      server: `${host}:8001`,
      position: 3,
      active: false,
      state: 'failed',
      version: null,
      since: start - minute,
      lastHeard: null,
      logons: 0,
      events: 0,
      handshake: handshake({
        certificate,
        verdict: null,
        challengeLength: null,
        challengeIsEmpty: null,
        collectorIdentity: null,
        stages: [
          { name: 'TCP', state: 'done', tookMs: 4 },
          { name: 'TLS', state: 'stopped', tookMs: 17 },
          { name: 'hello', state: 'open', tookMs: null },
          { name: 'authentication', state: 'open', tookMs: null },
          { name: 'first bulk', state: 'open', tookMs: null },
        ],
      }),
      probe: {
        at: start - minute,
        stages: [
          { name: 'TCP', state: 'done', tookMs: 3 },
          { name: 'TLS', state: 'stopped', tookMs: 15 },
          { name: 'hello', state: 'open', tookMs: null },
        ],
        problem: wrongName,
        nextAt: start + minute,
      },
      problem: wrongName,
    }),
  ];
}
