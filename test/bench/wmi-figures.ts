/** What both threads of the WMI figure know. */
export const wmiBench = {
  user: 'svc-fsso',
  password: 'Svc-Passw0rd1',
  /** Of one reply of 200 events, about. */
  replyBytes: 250_000,
} as const;
