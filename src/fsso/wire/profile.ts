// Every number of the protocol, in one place, so that one capture of a real device can correct it. The comment behind
// a value is its evidence: "seen" is stated or visible in a public source, "derived" follows from two such facts,
// "assumed" is our choice. The sources are in docs/protocol/fsso.md.

/** Who wrote a TCP stream. */
export type Sender = 'collector' | 'fortigate';

/** Data types of an element (docs/protocol/fsso.md, Elements). */
export const elementTypes = {
  opaque: 1, // seen
  integer: 3, // seen; an IPv4 address has this type too
  string: 5, // seen
  container: 6, // seen
} as const;

/** Message codes, the code of the outermost container (docs/protocol/fsso.md, Messages). */
export const messageCodes = {
  hello: 0x80, // seen
  groupFilter: 0x82, // seen
  sendAll: 0x83, // seen
  bulk: 0x84, // seen
  event: 0x85, // seen
  keepalive: 0x86, // seen
  authResult: 0x87, // seen
} as const;

/** Which messages each side sends; anything else from it is kept as unknown (docs/protocol/fsso.md, Messages). */
export const messagesFrom: Record<Sender, ReadonlySet<number>> = {
  collector: new Set([
    messageCodes.hello,
    messageCodes.bulk,
    messageCodes.event,
    messageCodes.keepalive,
    messageCodes.authResult,
  ]),
  fortigate: new Set([
    messageCodes.hello,
    messageCodes.groupFilter,
    messageCodes.sendAll,
    messageCodes.keepalive,
  ]),
};

/** Attribute codes (docs/protocol/fsso.md, Attributes and Logon record). */
export const attributeCodes = {
  sync: 0x01, // seen
  capability: 0x10, // code seen, meaning assumed
  name: 0x11, // seen
  proof: 0x12, // seen: challenge from the collector, response from the FortiGate
  identity: 0x13, // seen
  filterCount: 0x20, // assumed: read by position and type, never by this code
  filterGroup: 0x40, // assumed, as above
  filterGroupName: 0x41, // assumed, as above
  sendAllFirst: 0x30, // code and value seen, meaning unknown
  sendAllSecond: 0x31, // code and value seen, meaning unknown
  record: 0x50, // seen
  loggedOn: 0x51, // seen
  ip: 0x52, // seen
  workstation: 0x53, // seen
  domain: 0x54, // seen
  user: 0x55, // seen
  groups: 0x56, // seen
  logonTime: 0x57, // seen
  loggedOff: 0x58, // seen as the mirror of loggedOn; true meaning assumed
  kind: 0x59, // values seen, meaning assumed
  portRange: 0x5c, // seen
  session: 0x5d, // seen
  bulkFirst: 0x60, // code and value seen, meaning unknown
  bulkSecond: 0x61, // code and value seen, meaning unknown
  eventFirst: 0x70, // code and value seen, meaning unknown
  status: 0x90, // seen
} as const;

/**
 * Attributes of a record that were never observed. In a record without an IPv4 address, one of them with 16 bytes, or 17
 * as in a datagram, is taken for an IPv6 address (docs/protocol/fsso.md, Logon record).
 */
export const ipv6Candidates: ReadonlySet<number> = new Set([0x5a, 0x5b, 0x5e, 0x5f]); // assumed

/** Values that go with the attributes above. */
export const attributeValues = {
  capability: { collector: 2, fortigate: 0x20 }, // seen
  sendAllFirst: 1, // seen
  sendAllSecond: 0, // seen
  bulkFirst: 1, // seen
  bulkSecond: 0, // seen
  eventFirst: 0, // seen
  accepted: 1, // seen
  refused: 0, // assumed: any value but 1 refuses
  kindPlain: 1, // seen
  kindTerminal: 16, // seen; as bit 4 of a bit field assumed
} as const;

/** What the two sides call themselves where nothing else is configured. */
export const names = {
  collectorBanner: 'FSSO 5.0.0278', // seen: the form FortiGates meet in the field
  collectorIdentity: 'FSAE_SERVER_10001', // seen
  fortigateName: 'fabrictop', // assumed: any name with a NUL behind it
} as const;

export const challengeBytes = 16; // seen
export const responseBytes = 16; // seen
export const longestCollectorPassword = 15; // seen; FortiOS takes 128, so a longer one never matches
export const longestDirectoryPassword = 16; // seen: of the eDirectory agent
export const mostCollectors = 5; // seen: collectors of one connector
export const mostFortigates = 64; // seen: connections of one collector
export const mostAgentConnections = 2048; // seen: agents of one FortiAuthenticator over TLS
export const mostGates = 64; // assumed: gates of our own, as many as FortiGates
export const mostGateNegotiations = 4096; // assumed: of one gate at once, more than its connections
/** Bytes a second that the guide asks to keep free for each domain controller: 64 kbit/s. */
export const agentBandwidth = 8000; // seen

/** Ports (docs/protocol/fsso.md, Transport). */
export const ports = { fortigate: 8000, fortigateTls: 8001, agents: 8002, agentsTls: 8003 } as const; // seen

/** Sequence number before the first message, which carries the next one (docs/protocol/fsso.md, Sequence numbers). */
export const firstSync = { collector: 100_000, fortigate: 0 } as const; // seen: the first hellos carry 100001 and 1

/** Bounds on what a peer can make us hold, in bytes unless named otherwise (docs/protocol/fsso.md, Limits and timers). */
export interface Limits {
  /** Longest frame until the peer's hello has been read. */
  readonly beforeHello: number;
  /** Longest frame after it. A BULK and an unknown message may be as long as this, for neither is held whole. */
  readonly frame: number;
  /** Longest frame that has to be held whole: everything but a BULK and an unknown message. */
  readonly held: number;
  /** Longest single child of a BULK. */
  readonly record: number;
  /** Bytes kept of an unknown message, its header included. */
  readonly unknownKept: number;
  /** Unknown attributes kept of one message or record. */
  readonly extras: number;
  /** Bytes of their values kept, all together. */
  readonly extraBytes: number;
  /** Port ranges kept of one record. */
  readonly portRanges: number;
}

const shared = {
  beforeHello: 4096, // assumed
  record: 2 * 1024 * 1024, // assumed: 2047 groups of 511 bytes fit
  unknownKept: 64 * 1024, // assumed
  extras: 64, // assumed
  extraBytes: 64 * 1024, // assumed
  portRanges: 1024, // assumed: the whole port space in blocks of 64
};

/** The limits of 8.1 for what each side sends (docs/protocol/fsso.md, Limits and timers). */
export const defaultLimits: Record<Sender, Limits> = {
  collector: { ...shared, frame: 512 * 1024 * 1024, held: 4 * 1024 * 1024 }, // assumed
  fortigate: { ...shared, frame: 2 * 1024 * 1024, held: 2 * 1024 * 1024 }, // assumed: 2047 names of 511 bytes fit
};

/** Containers inside containers that are still read, the frame itself being the first. */
export const deepestNesting = 4; // assumed

/** Records that our collector puts in one BULK frame. */
export const mostRecordsPerBulk = 5000; // assumed

/** Times in milliseconds (docs/protocol/fsso.md, Limits and timers). */
export const timers = {
  connectLimit: 10_000, // assumed
  helloLimit: 10_000, // assumed: from connected to the peer's hello, on both sides
  verdictLimit: 10_000, // assumed: from our hello to the authentication result
  roundBackoff: [1000, 2000, 5000, 10_000, 30_000], // assumed: pause after each whole round of collectors
  refusedPause: 30_000, // assumed: least pause before a collector that refused is tried again
  collectorKeepalive: 10_000, // seen
  fortigateKeepalive: 60_000, // seen
  collectorSilence: 29_000, // assumed: three intervals, less what it takes to show the loss within 30 s
  fortigateSilence: 180_000, // assumed: three intervals
  bulkQuiet: 500, // assumed: a bulk is complete when no further BULK frame comes for so long
  bulkWait: 30_000, // assumed: for the first BULK frame after SEND_ALL
  agentKeepalive: 10_000, // assumed; below the 30 s after which FortiAuthenticator drops an agent
  agentStale: 30_000, // assumed: three missed keepalives
  hangUpLimit: 5000, // assumed: what an agent that stops waits for its last datagrams to go out
  gateVerdictLimit: 60_000, // assumed: what a gate waits for a verdict of a collector that asks several domain controllers
  agentIdle: 30_000, // seen: FortiAuthenticator ends a TLS connection of an agent that sends nothing for so long
  agentClockSkew: 3_600_000, // assumed: beyond it the time of arrival is used
  agentDuplicate: 1000, // assumed: optional second copy of a datagram
  logonTimeout: 5 * 60_000, // seen: FortiOS default of logon-timeout
  deadEntryTimeout: 480 * 60_000, // seen: collector default
} as const;

/** Fields of a UDP 8002 datagram (docs/protocol/fsso.md, Datagrams). Sizes and offsets in bytes. */
export const datagramLayout = {
  smallest: 13, // seen: header and NUL
  largest: 65_507, // seen: what IPv4 and UDP leave of 65535
  header: 12, // seen
  keepaliveAddress: 0xffffffff, // seen
  unresolvedAddress: 0, // seen: the collector has to resolve the workstation
  keepaliveWord: 'keepalive', // seen
  ipv6Tail: 17, // seen as bytes, derived as an IPv6 address and one more byte
  ipv6TailShort: 16, // derived
  terminalHeader: 28, // seen: terminal-server block before its ranges
  terminalVersionAt: 12, // seen, meaning unknown
  terminalVersion: 2, // seen, meaning unknown
  terminalMarkerAt: 16, // seen
  terminalMarker: 0x8000, // value seen, meaning assumed
  terminalLengthAt: 18, // seen: 20 with one range; growth by 4 a range derived
  terminalLengthBase: 16, // derived: from offset 12 to the end, ranges not counted
  terminalSessionAt: 20, // value seen, meaning assumed
  terminalCountAt: 24, // seen
} as const;
