// Limits of our own for the table of one connector: none of them is known of a FortiGate (docs/protocol/fsso.md, Logon
// table). They keep memory bounded, whatever a collector sends.

/** Logons that one connector keeps; further ones are refused, counted and told. */
export const mostLogons = 500_000; // assumed

/** Characters and bytes of all their texts together. */
export const mostText = 512 * 1024 * 1024; // assumed

/** An address that has another user within so many milliseconds is flagged: an address pool may have given it on. */
export const addressReuseMs = 10 * 60_000; // assumed

/** Logoffs that are remembered for that, the latest ones. */
export const mostRemembered = 50_000; // assumed

/** Sessions of one terminal server whose ports are compared with those of another one. */
export const mostSessionsCompared = 1_000; // assumed

/** Distinct texts that rows share: domains and groups, which many logons have in common. */
export const mostShared = 20_000; // assumed

/** Longest of them, and of the texts that are kept of a user who left, in characters. */
export const longestShared = 512; // assumed

/** Logons from which the clock of a collector is told, the latest ones. */
export const skewSamples = 16; // assumed
