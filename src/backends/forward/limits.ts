/** Bounds of forwarding; ours. Times are milliseconds. */
export const forwardLimits = {
  /** Lines that wait for a receiver; the oldest are dropped beyond. */
  waiting: 10_000,
  /** Pauses between tries of a receiver that cannot be reached; the last one stays. */
  backoff: [1_000, 2_000, 5_000, 15_000, 30_000, 60_000],
  /** The longest pause that a receiver may ask for. */
  longestRetryAfter: 3_600_000,
  /** For the connection to a syslog server, and for it to take what is written. */
  syslogConnect: 10_000,
  syslogWrite: 30_000,
  /** Octets of a datagram (RFC 5424, 6.1: receivers should take 2048), and of a message over TCP. */
  datagram: 2_048,
  message: 8_192,
  /** What the last lines may take when the program ends. */
  goodbye: 1_000,
} as const;
