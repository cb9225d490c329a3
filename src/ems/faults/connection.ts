import { type FaultText, notCompatible, notReached, pathToServer } from './fault-text.ts';

/** There is no connection, or it ended before its time. */
export const connectionFaults = {
  'name-not-found': {
    code: -1,
    stage: 'resolve',
    row: 13,
    message: notReached('name not resolved'),
    cause: (facts) => `The name in ${facts.server} has no address (${facts.detail}).`,
    fix: () => [
      'Check the spelling of server.',
      'Check the DNS servers of this machine; on a multi-tenant EMS the name of each site must resolve.',
    ],
    old: { result: -1, curl: 6 },
  },
  'source-address': {
    code: -1,
    stage: 'TCP',
    row: 13,
    message: notReached('source-ip not usable'),
    cause: (facts) =>
      `No connection to ${facts.server} can begin at the configured source-ip (${facts.detail}).`,
    fix: () => ['Set source-ip to an IPv4 address of this machine, or to 0.0.0.0.'],
    old: { result: -1, curl: 45 },
  },
  'no-interface': {
    code: -1,
    stage: 'TCP',
    row: 13,
    message: (facts) => `EMS server was not reached (${facts.detail})`,
    cause: (facts) =>
      `interface-select-method is specify, but no connection to ${facts.server} can leave by that interface.`,
    fix: () => [
      'Set interface to a network interface of this machine that has an IPv4 address, or bring it up.',
      'Or set interface-select-method to auto.',
    ],
    old: { result: -1, curl: 45 },
  },
  'connection-refused': {
    code: -1,
    stage: 'TCP',
    row: 13,
    message: notReached('connection refused'),
    cause: (facts) => `Nothing listens on ${facts.server}, or a firewall refuses the connection.`,
    old: { result: -1, curl: 7 },
  },
  unreachable: {
    code: -1,
    stage: 'TCP',
    row: 13,
    message: (facts) => `EMS server was not reached (${facts.detail})`,
    cause: (facts) => `The network has no path to ${facts.server}.`,
    old: { result: -1, curl: 7 },
  },
  'connect-timeout': {
    code: -1,
    stage: 'TCP',
    row: 13,
    message: notReached('timeout'),
    cause: (facts) => `${facts.server} did not answer the connection within call-timeout.`,
    old: { result: -1, curl: 28 },
  },
  'tls-timeout': {
    code: -1,
    stage: 'TLS',
    row: 13,
    message: notReached('timeout'),
    cause: (facts) =>
      `${facts.server} accepted the connection but did not finish the TLS handshake within call-timeout.`,
    old: { result: -1, curl: 28 },
  },
  'reply-timeout': {
    code: -1,
    stage: 'reply',
    row: 13,
    message: notReached('timeout'),
    cause: (facts) => `${facts.server} did not answer the call within call-timeout.`,
    old: { result: -1, curl: 28 },
  },
  'closed-in-handshake': {
    code: -1,
    stage: 'TLS',
    row: 13,
    message: notReached('connection closed'),
    cause: (facts) => `${facts.server} closed the connection before the TLS handshake was complete.`,
    fix: (facts) => [`Check that ${facts.server} is the HTTPS port of EMS.`, ...pathToServer(facts)],
    old: { result: -1, curl: 35 },
  },
  'closed-in-reply': {
    code: -1,
    stage: 'reply',
    row: 13,
    message: notReached('connection closed'),
    cause: (facts) => `${facts.server} closed the connection before its reply was complete.`,
    fix: (facts) => ['Look into the EMS server logs.', ...pathToServer(facts)],
    old: { result: -1, curl: 56 },
  },
  'not-tls': {
    code: -5,
    stage: 'TLS',
    message: (facts) => notCompatible({ ...facts, detail: 'The port does not speak TLS' }),
    cause: (facts) => `What listens on ${facts.server} does not answer in TLS.`,
    fix: () => ['Set https-port to the HTTPS port of EMS, 443 unless it was changed there.'],
    old: { result: -5, curl: 35 },
  },
  'tls-failed': {
    code: -5,
    stage: 'TLS',
    message: notCompatible,
    cause: (facts) =>
      `${facts.server} and this machine found no TLS settings that both accept (${facts.detail}).`,
    fix: () => [
      'Check that EMS offers TLS 1.2 or 1.3.',
      'Check that nothing between here and EMS intercepts TLS.',
    ],
    old: { result: -5, curl: 35 },
  },
} satisfies Record<string, FaultText>;
