/** One EMS of the lab. */
export interface LabEmsTarget {
  name: string;
  port: number;
  /** PEM of its certificate, and of the authority that signed it. */
  chain: readonly [certificate: string, authority: string];
  /** The connector is to have that authority installed. */
  known: boolean;
  /** The connector is to begin with this server's certificate accepted. */
  accepted: boolean;
  /** Who may sign in to its administrator's API; null where the connector is to know nobody. */
  admin: { name: string; password: string } | null;
  /** Seconds; absent: FortiOS's. */
  callTimeout?: number;
  /** It is EMS Cloud, found through its front desk on the same port; null: the device's own account has the contract. */
  cloud?: { accessKey: string | null };
  /** Serial number of the EMS at the time of the acceptance; absent: it was not known. */
  acceptedSerial?: string;
}
