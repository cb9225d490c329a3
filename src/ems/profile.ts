/**
 * Everything about EMS that no public source settles, and every limit that we set ourselves, in one place, so that a real
 * EMS can correct it without a change of code (docs/protocol/ems.md, Timers and Endpoints). All times are milliseconds.
 */
export const emsProfile = {
  /** [observed] The path; that the method is GET is known from clients of the administrator's side. */
  serialNumberPath: '/api/v1/system/serial_number',
  /** [assumed] The header fields beside `Host`. Never one that names an identity: only the TLS certificate does. */
  requestHeaders: { accept: 'application/json', 'accept-encoding': 'gzip' },
  /** Waits before the next try after a failure; the last one repeats. [assumed] */
  retryAfter: [1_000, 2_000, 5_000, 15_000, 60_000],
  /** Between tries while EMS has not authorised us. [assumed] */
  retryUnauthorized: 60_000,
  /** Between checks of a connected EMS. [assumed] */
  checkEvery: 60_000,
  /** Between looks at the trust store, which another process may have changed, while a certificate holds us up. */
  trustStoreEvery: 2_000,
  /** Octets of a reply body, as received and again when unpacked. The largest one known has about 150. */
  longestReply: 65_536,
  /** Octets of a reply's header. */
  longestHeader: 16_384,
  /** Characters of an EMS serial number; FortiOS keeps 16, a longer one is shown all the same. */
  longestSerialNumber: 64,
  /** Certificates of a chain; OpenSSL itself follows about as many. */
  longestChain: 32,
  /** Field A of the old form `Error A-B-C-D`: 1 in both texts that are known. */
  oldFormIndex: 1,
} as const;
