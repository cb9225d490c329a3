// Codes and limits of connection-oriented DCE/RPC (docs/protocol/windows.md, DCE/RPC).

/** C706 12.6.4, MS-RPCE 2.2.2. */
export const pduTypes = {
  request: 0,
  response: 2,
  fault: 3,
  bind: 11,
  bindAck: 12,
  bindNak: 13,
  alterContext: 14,
  alterContextResponse: 15,
  auth3: 16,
  shutdown: 17,
  cancel: 18,
  orphaned: 19,
} as const;

/** C706 12.6.3.1; `headerSign` in what belongs to a login only (MS-RPCE 2.2.2.3). */
export const pduFlags = { first: 0x01, last: 0x02, headerSign: 0x04, object: 0x80 } as const;

/** NDR 2.0, the transfer syntax that every server speaks (C706, Appendix I). */
export const ndrSyntax = { uuid: '8a885d04-1ceb-11c9-9fe8-08002b104860', version: 2 } as const;

/** MS-RPCE 2.2.1.1.7. */
export const authTypes = { spnego: 9, ntlm: 10, netlogon: 0x44 } as const;

/** MS-RPCE 2.2.1.1.8. */
export const authLevels = { integrity: 5, privacy: 6 } as const;

/** Presentation results (C706 12.6.3.1, p_cont_def_result_t). */
export const presentation = { accepted: 0, userRejection: 1, providerRejection: 2 } as const;

/** The most that one fragment holds, both ways; what Samba and Windows take and offer. */
export const longestFragment = 5840;

/** The least that every implementation has to take (C706 12.6.3.1, MustRecvFragSize). */
export const shortestLimit = 1432;

/** Bytes of one reply put together from its fragments [assumed: 100,000 sessions take 12 MB]. */
export const longestReply = 16 * 1024 * 1024;

/** Presentation contexts and results in one bind, and transfer syntaxes in one context [assumed]. */
export const mostContexts = 32;
