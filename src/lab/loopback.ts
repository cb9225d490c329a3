/** Where every server of the lab listens. */
export const loopback = '127.0.0.1';

/** Random octets of a password that is made at each start. */
export const passwordBytes = 6;
