/** One alert of one rule about one subject. Times are milliseconds since the epoch. */
export interface AlertRow {
  /** `rule|subject`. */
  readonly id: string;
  /** The rule's name in the configuration. */
  rule: string;
  kind:
    | 'link-down'
    | 'standby-unusable'
    | 'no-events'
    | 'certificate-expires'
    | 'logon-rate'
    | 'overwrite-by';
  /** What it is about: a connector, a link, a certificate. */
  subject: string;
  level: 'warning' | 'error';
  /** What is wrong, one line, safe to show. */
  text: string;
  /** `pending`: the condition has not lasted long enough yet. */
  state: 'pending' | 'firing' | 'resolved';
  /** When the condition began. */
  since: number;
  firedAt: number | null;
  resolvedAt: number | null;
  acknowledgedAt: number | null;
}
