// Bounds that are ours and not the protocol's: what a peer, or a storm, can make a collector hold
// (docs/protocol/fsso.md, Collector). Bytes, counts and milliseconds.

/** Bounds of one FortiGate's output. */
export interface OutputLimits {
  /** Bytes written but not yet taken by the system before a FortiGate that does not read is disconnected. */
  readonly queuedBytes: number;
  /** Events that may wait while a bulk is under way. */
  readonly queuedEvents: number;
  /** Text in one BULK frame, roughly; a frame closes at this or at the profile's number of records. */
  readonly bulkFrameBytes: number;
}

export const outputLimits: OutputLimits = {
  queuedBytes: 32 * 1024 * 1024,
  queuedEvents: 100_000,
  bulkFrameBytes: 4 * 1024 * 1024,
};

/** Entries of one collector. A licence of FortiAuthenticator goes up to 100,000 users. */
export const mostEntries = 500_000;
/** Characters of a user, a domain or a workstation; Windows allows 256 and less. */
export const longestName = 512;
/** Entries that end in one go; more wait for `expiryPause`, so that the outputs keep up. */
export const mostExpiriesAtOnce = 2000;
export const expiryPause = 10;

/** Agents that are remembered; datagrams of further ones still count. */
export const mostAgents = 4096;
/** Sources whose verdict is remembered, so that a list of networks is not searched for each datagram. */
export const mostVerdicts = 4096;
/** What the system is asked to hold of datagrams not yet read; it may grant less. */
export const receiveBuffer = 16 * 1024 * 1024;

/** Octets of one syslog message; RFC 5425 asks for 8192. */
export const longestSyslogMessage = 16_384;
export const mostSyslogConnections = 256;

/** Names kept with their addresses, or with their failure. */
export const mostNames = 10_000;
/** Logons that wait for a name. */
export const mostWaitingLogons = 20_000;
/** Longest time that an answer, and a failure, is kept. */
export const answerKept = 60_000;
export const failureKept = 10_000;
/** An answer older than this does not do for an address check. */
export const recheckKept = 30_000;
/**
 * Names asked for by address checks at once, and in a second: with 300,000 entries a round takes five minutes then, and
 * DNS servers get no more than that, whatever the interval.
 */
export const addressChecksAtOnce = 64;
export const addressChecksPerSecond = 1000;
/** Workstations asked in a second, whatever the threads. */
export const workstationChecksPerSecond = 500;
/** Characters of output that a program which asks workstations may give. */
export const longestCheckOutput = 64 * 1024;
/** How often a sweep that has used up its visits goes on. */
export const sweepPause = 50;
/** One attempt at one DNS server. */
/** Between two looks for the domain controllers of a domain. */
export const controllersEvery = 300_000;
export const lookupTimeout = 2000;
/** How long a DNS server that did not answer comes behind the others. */
export const serverRest = 30_000;
/** How much longer than for IPv4 addresses is waited for IPv6 ones (the pause that RFC 8305 takes). */
export const ip6Grace = 50;

/** Users whose groups are known. */
export const mostUsersKept = 500_000;
/** How long what a directory said still holds while it cannot be asked again. */
export const longestUnrenewed = 24 * 3_600_000;
/** Until a user whom no directory could be asked about is asked about again. */
export const owedPause = 30_000;
/** Shortest time that a user whom no directory knows is not asked about again. */
export const unknownKept = 60_000;
/** Users whose groups are asked for anew at the same time; logons come first. */
export const renewalsAtOnce = 4;
/** Groups that changed are collected for so long before the entries are gone through. */
export const regroupPause = 1000;

/** Between two log lines of the same kind about the same peer; those between are counted. */
export const repeatPause = 10_000;
export const mostRepeats = 1024;

/** How long a closing FortiGate connection may take to be read to its end. */
export const drainLimit = 5000;

/** Bytes of the journal, at least, before a snapshot takes its place; then it may grow to the size of the snapshot. */
export const leastJournal = 8 * 1024 * 1024;
/** Between two snapshots where the journal stays short, and until the next try when the disk refused one. */
export const cacheSaveEvery = 10 * 60_000;
export const cacheRetry = 10_000;
/** Entries that a snapshot writes in one go, between which datagrams are read. */
export const entriesPerSaveStep = 500;

/** First and longest pause of workstation checks whose account was refused, milliseconds; it doubles each time. */
export const firstLoginPause = 5 * 60_000;
export const longestLoginPause = 60 * 60_000;
/** Workstations at which that account logs in at once: so many wrong passwords are sent when it was changed. */
export const loginsAtOnce = 3;
/** Until a workstation has taken a connection: Windows repeats a lost first packet after one second. */
export const workstationConnect = 2_000;
/** First and longest time that a workstation which could not be asked is left alone; it doubles each time. */
export const firstHostPause = 5 * 60_000;
export const longestHostPause = 30 * 60_000;
export const mostHeldHosts = 100_000;
