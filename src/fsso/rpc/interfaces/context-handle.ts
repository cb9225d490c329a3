/** Bytes of what a server gives out for something opened, and takes back (C706 14.2.16.6). */
export const handleBytes = 20;

/** What a server gives out where it opened nothing, and answers when it closed something. */
export const noHandle = Buffer.alloc(handleBytes);
