import type { GateLinkMessage } from '../../../../../src/fsso/collector/ntlm/gate-link/messages.ts';
import { ownVerdict } from '../../../../../src/fsso/collector/ntlm/service.ts';

const who = { user: 'änna', domain: 'CORP', workstation: 'WS09' };

/** One of each, and verdicts of each shape. */
export const gateLinkMessages: readonly GateLinkMessage[] = [
  { kind: 'hello', version: 1 },
  { kind: 'alive' },
  {
    ...{ kind: 'begin', negotiation: 1, address: '10.0.0.21', wantsGroups: true },
    negotiate: Buffer.from('NTLMSSP\0one'),
  },
  { kind: 'challenge', negotiation: 1, challenge: Buffer.from('NTLMSSP\0two') },
  { kind: 'answer', negotiation: 1, authenticate: Buffer.from('NTLMSSP\0three') },
  {
    ...{ kind: 'verdict', negotiation: 1 },
    verdict: ownVerdict('ok', {
      ...{ ...who, status: 'STATUS_SUCCESS', ms: 12 },
      groupNames: ['CORP/Domain Users', 'CORP/Engineering'],
    }),
  },
  { kind: 'verdict', negotiation: 0xffffffff, verdict: ownVerdict('locked', who) },
  { kind: 'drop', negotiation: 2 },
];
