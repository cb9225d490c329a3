import { WsmanDecodeError } from './xml.ts';

// Messages that are sealed by the login's own keys, as they go over plain HTTP (MS-WSMV 2.2.9.1, docs/protocol/windows.md,
// WS-Management). The form looks like MIME and is not: its lines begin with a tab, and what is sealed follows them at once.

const protocol = 'application/HTTP-SPNEGO-session-encrypted';
const boundary = 'Encrypted Boundary';

/** Value of `Content-Type` of a sealed message. */
export const sealedContentType = `multipart/encrypted;protocol="${protocol}";boundary="${boundary}"`;

/** What is inside. */
export const plainContentType = 'application/soap+xml;charset=UTF-8';

/** Sealed bytes, and the signature of what they were before. */
export interface Sealed {
  readonly signature: Buffer;
  readonly sealed: Buffer;
}

/** NTLM's have 16 octets (MS-NLMP 2.2.2.9). */
const longestSignature = 256;

/** The body of a request or reply. `length`: octets before sealing. */
export function writeSealed({ signature, sealed }: Sealed, length: number): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(signature.length);
  return Buffer.concat([
    Buffer.from(
      `--${boundary}\r\n\tContent-Type: ${protocol}\r\n\tOriginalContent: type=${plainContentType};Length=${length}\r\n` +
        `--${boundary}\r\n\tContent-Type: application/octet-stream\r\n`,
    ),
    count,
    signature,
    sealed,
    Buffer.from(`--${boundary}--\r\n`),
  ]);
}

/** Whether a body is a sealed message, from its `Content-Type`. */
export function isSealed(contentType: string): boolean {
  return /^multipart\/(?:x-multi-)?encrypted\b/i.test(contentType.trim());
}

const opening =
  /^\s*--\s?Encrypted Boundary\r?\n[\t ]*Content-Type:[\t ]*[\w/+.-]+[\t ]*\r?\n[\t ]*OriginalContent:[^\r\n]*?;[\t ]*Length=(\d{1,9})[\t ]*\r?\n--\s?Encrypted Boundary\r?\n[\t ]*Content-Type:[\t ]*application\/octet-stream[\t ]*\r?\n/i;
const closing = /--\s?Encrypted Boundary--(?:\r?\n)?$/i;

/**
 * Takes a sealed message apart. `length` is how long it says to be when it is opened: to be checked then.
 * @throws WsmanDecodeError
 */
export function readSealed(body: Buffer): Sealed & { readonly length: number } {
  // One octet is one character, so that places in the text are places in the body.
  const start = opening.exec(body.subarray(0, 1024).toString('latin1'));
  if (start === null) throw new WsmanDecodeError('a sealed message without its head');
  const tailFrom = Math.max(start[0].length, body.length - 64);
  const end = closing.exec(body.subarray(tailFrom).toString('latin1'));
  if (end === null) throw new WsmanDecodeError('a sealed message that is cut short');
  const content = body.subarray(start[0].length, tailFrom + end.index);
  const signatureLength = content.length < 4 ? -1 : content.readUInt32LE(0);
  if (signatureLength < 1 || signatureLength > longestSignature || 4 + signatureLength > content.length)
    throw new WsmanDecodeError(`a sealed message with a signature of ${signatureLength} octets`);
  const length = Number(start[1]);
  const sealed = content.subarray(4 + signatureLength);
  if (sealed.length !== length)
    throw new WsmanDecodeError(`a sealed message of ${sealed.length} octets that says ${length}`);
  return { signature: content.subarray(4, 4 + signatureLength), sealed, length };
}
