/** What a document may hold at most, and how often it is looked for (docs/fabric.md, Limits). All of it is ours. */
export const fabricLimits = {
  /** Octets of a whole document. Seven entries with their certificates and all CAs have about a tenth. */
  document: 1_048_576,
  /** EMS entries; FortiOS takes seven at most. */
  entries: 16,
  authorities: 64,
  /** Characters of an entry's name, as in the configuration. */
  name: 35,
  /** Characters of one value, and values of a list. */
  value: 4096,
  values: 64,
  /** Milliseconds for one HTTPS exchange, name resolution and TLS included. */
  exchange: 15_000,
  /** Octets of a request's or reply's header. */
  header: 8192,
  /** Members that may be connected to the root at once. */
  connections: 64,
  /** Milliseconds between two looks at the file, beside what the system reports. */
  fileEvery: 10_000,
  /** Milliseconds between two looks of the root at its own settings. */
  rootEvery: 5_000,
} as const;
