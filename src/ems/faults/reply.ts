import { type FaultText, httpRefusal, notCompatible } from './fault-text.ts';

/** EMS answers, but not with what was asked for. */
export const replyFaults = {
  'session-resumed': {
    code: -5,
    stage: 'reply',
    row: 5,
    message: httpRefusal,
    cause: () =>
      'EMS stumbles over resumed TLS sessions: preserve-ssl-session is enabled, and the call that failed had resumed one.',
    old: { result: -5, curl: 0 },
  },
  'server-error': {
    code: -5,
    stage: 'reply',
    message: httpRefusal,
    cause: () => 'EMS failed inside, or is of a release that does not fit; no TLS session was resumed.',
    fix: () => [
      'Check that the releases of EMS and FortiOS are compatible.',
      'Look into the EMS server logs.',
    ],
    old: { result: -5, curl: 0 },
  },
  'unexpected-status': {
    code: -5,
    stage: 'reply',
    message: httpRefusal,
    cause: () => 'What answers is no EMS, or one of a release without this call.',
    fix: () => ['Check server and https-port.', 'Check that the releases of EMS and FortiOS are compatible.'],
    old: { result: -5, curl: 0 },
  },
  'too-many-calls': {
    code: -5,
    stage: 'reply',
    message: httpRefusal,
    cause: () => 'EMS was called too often, by this device or by others.',
    fix: () => ['Wait: the next call is made when EMS allows it.', 'Look for what else calls EMS.'],
    old: { result: -5, curl: 0 },
  },
  'out-of-sync': {
    code: null,
    stage: 'data',
    message: () => 'The endpoints and tags of EMS are out of sync',
    cause: (facts) => `They are older than out-of-sync-threshold (${facts.detail}).`,
    fix: () => [
      'Look at the calls of the connector: the one that fails says why.',
      'Where a path is unknown to EMS, correct it in the file that profile.ems names.',
    ],
  },
  'global-site': {
    code: -5,
    stage: 'reply',
    row: 6,
    message: notCompatible,
    cause: () => 'EMS is multi-tenant and was reached by its global name.',
    old: { result: -5, curl: 0 },
  },
  'call-refused': {
    code: -5,
    stage: 'reply',
    message: notCompatible,
    cause: () => 'EMS understood the call and refused it.',
    fix: () => ['Follow what EMS says in the message.', 'Look into the EMS server logs.'],
    old: { result: -5, curl: 0 },
  },
  'reply-unreadable': {
    code: -5,
    stage: 'reply',
    message: notCompatible,
    cause: () => 'What answers is no EMS, or one of a release that answers in another way.',
    fix: () => ['Check server and https-port.', 'Check that nothing in between answers in place of EMS.'],
    old: { result: -5, curl: 0 },
  },
} satisfies Record<string, FaultText>;
