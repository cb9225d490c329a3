/** One line of what passed over a link: a message, or what happened to its connection. Texts are not yet safe. */
export interface MessageRow {
  /** The link's id, `#` and `number`. */
  readonly id: string;
  /** Counts up from 1 in one run, over all links. */
  readonly number: number;
  /** Id of the link's row among the collectors: `connector|host:port`. */
  readonly link: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Which attempt at the collector it belongs to. */
  readonly connection: number;
  readonly purpose: 'login' | 'probe';
  /** `link`: no message, but something that happened to the connection. */
  readonly direction: 'received' | 'sent' | 'link';
  /** `EVENT`, or `connected`. */
  readonly name: string;
  /** Message code, 0 to 255; null for what is no message. */
  readonly code: number | null;
  /** Sequence number; null where there is none. */
  readonly sync: number | null;
  /** Bytes, as its header announces them; null for what is no message. */
  readonly length: number | null;
  /** What it says, in one line. */
  readonly summary: string;
  /** Users it names, as far as it is kept. */
  readonly users: readonly string[];
  /** The message, or an attribute in it, is not known, or it is malformed. */
  readonly unknown: boolean;
}

/** One attribute of a message. */
export interface MessageAttribute {
  /** Bytes from the beginning of the message to the attribute's header. */
  readonly offset: number;
  /** 1 directly in the message. */
  readonly depth: number;
  /** 0 to 255; null for bytes that are no attribute. */
  readonly code: number | null;
  /** Null where the code is not known. */
  readonly name: string | null;
  /** `integer`, or the number of a type that is not known. */
  readonly type: string;
  /** Bytes, the header of 6 included. */
  readonly length: number;
  /** Its value as text, not yet safe; empty for a container, and for what `bytes` has. */
  readonly value: string;
  /** The value of what is not known, and where in the message it begins; null for others. */
  readonly bytes: { readonly offset: number; readonly value: Uint8Array } | null;
}

/** One message in full. */
export interface MessageDetail {
  readonly row: MessageRow;
  readonly attributes: readonly MessageAttribute[];
  /** What has to be known of the list, such as that its end was not kept; null for nothing. */
  readonly note: string | null;
}

/** Where screens look at what passes over the links. */
export interface MessageInspection {
  /** Keeps the table of messages filled with those of this link, until another one is named; null for none. */
  watch(link: string | null): void;
  /** A message of any link by the id of its row; null where it is kept no longer. */
  read(id: string): MessageDetail | null;
}

/** The link that a message belongs to. */
export function linkOf(message: string): string {
  return message.slice(0, message.lastIndexOf('#'));
}
