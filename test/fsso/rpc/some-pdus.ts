import type { Pdu } from '../../../src/fsso/rpc/pdu.ts';
import { ndrSyntax, pduTypes } from '../../../src/fsso/rpc/profile.ts';

const auth = {
  type: 10,
  level: 6,
  padding: 0,
  contextId: 0,
  token: Buffer.from('NTLMSSP\0token...', 'latin1'),
};

/** One of each kind. */
export const somePdus: readonly { readonly name: string; readonly pdu: Pdu }[] = [
  {
    name: 'a bind',
    pdu: {
      type: pduTypes.bind,
      flags: 3,
      callId: 1,
      auth: null,
      maxTransmit: 5840,
      maxReceive: 5840,
      group: 0,
      contexts: [
        {
          id: 0,
          abstract: { uuid: '4b324fc8-1670-01d3-1278-5a47bf6ee188', version: 3 },
          transfers: [ndrSyntax],
        },
      ],
    },
  },
  {
    name: 'a bind with a login',
    pdu: {
      type: pduTypes.bind,
      flags: 3,
      callId: 1,
      auth,
      maxTransmit: 5840,
      maxReceive: 5840,
      group: 0x53f0,
      contexts: [],
    },
  },
  {
    name: 'a bind_ack',
    pdu: {
      type: pduTypes.bindAck,
      flags: 3,
      callId: 1,
      auth,
      maxTransmit: 4280,
      maxReceive: 4280,
      group: 0x53f0,
      address: '\\PIPE\\srvsvc',
      results: [{ result: 0, reason: 0, transfer: ndrSyntax }],
    },
  },
  { name: 'a bind_nak', pdu: { type: pduTypes.bindNak, flags: 3, callId: 1, auth: null, reason: 4 } },
  {
    name: 'a request',
    pdu: {
      type: pduTypes.request,
      flags: 1,
      callId: 7,
      auth: null,
      allocHint: 1000,
      contextId: 0,
      opnum: 12,
      stub: Buffer.from('stub'),
    },
  },
  {
    name: 'a sealed response',
    pdu: {
      type: pduTypes.response,
      flags: 3,
      callId: 7,
      auth: { ...auth, padding: 4 },
      allocHint: 12,
      contextId: 0,
      stub: Buffer.from('a stub filled up'),
    },
  },
  {
    name: 'a fault',
    pdu: { type: pduTypes.fault, flags: 3, callId: 7, auth: null, contextId: 0, status: 0x1c010002 },
  },
  { name: 'an auth3', pdu: { type: pduTypes.auth3, flags: 3, callId: 1, auth } },
  { name: 'a cancel', pdu: { type: pduTypes.cancel, flags: 3, callId: 7, auth: null } },
];

/** A PDU as it was before it was written: without what only a reader knows. */
export function asWritten(pdu: Pdu): Pdu {
  if (!('around' in pdu)) return pdu;
  const { around, ...rest } = pdu;
  return rest;
}
