import { RpcDecodeError } from './errors.ts';
import { type AuthVerifier, headerBytes, type RequestPdu, type ResponsePdu, trailerBytes } from './pdu.ts';
import { encodePdu } from './pdu-writer.ts';
import type { RpcProtection } from './security.ts';

/** Behind the header of a request and of a response: allocation hint, context, and the call or a count. */
const stubAt = headerBytes + 8;
/** Stubs are filled up to a multiple of this before they are protected (MS-RPCE 2.2.2.11). */
const block = 16;

/** How much of a stub fits one fragment of `most` bytes, so that no fragment but the last has to be filled up. */
export function stubRoom(most: number, protection: RpcProtection | null): number {
  const room = most - stubAt - (protection === null ? 0 : trailerBytes + protection.signatureBytes);
  return room - (room % block);
}

/** The bytes of a PDU, its stub protected where there is a protection. Counts as the next one. */
export function encodeProtected(
  pdu: Omit<RequestPdu, 'auth'> | Omit<ResponsePdu, 'auth'>,
  protection: RpcProtection | null,
): Buffer {
  if (protection === null) return encodePdu({ ...pdu, auth: null });
  const { type, level, contextId, signatureBytes } = protection;
  const padding = (block - (pdu.stub.length % block)) % block;
  const filled = Buffer.concat([pdu.stub, Buffer.alloc(padding)]);
  const auth = { type, level, padding, contextId, token: Buffer.alloc(signatureBytes) };
  const bytes = encodePdu({ ...pdu, stub: filled, auth });
  const stubEnd = stubAt + filled.length;
  const tokenAt = bytes.length - signatureBytes;
  const { stub, signature } = protection.protect(filled, {
    before: bytes.subarray(0, stubAt),
    behind: bytes.subarray(stubEnd, tokenAt),
  });
  bytes.set(stub, stubAt);
  bytes.set(signature, tokenAt);
  return bytes;
}

/**
 * The stub of a PDU that came in, in clear and without what fills it up.
 * @throws RpcDecodeError where it is not protected as was agreed on, and whatever the protection throws
 */
export function clearStub(
  { stub, auth, around }: Pick<RequestPdu, 'stub' | 'auth' | 'around'>,
  protection: RpcProtection | null,
): Buffer {
  if (protection === null) return auth === null ? stub : withoutPadding(stub, auth);
  const isAsAgreed =
    auth?.type === protection.type &&
    auth.level === protection.level &&
    auth.contextId === protection.contextId;
  if (!isAsAgreed || around === undefined)
    throw new RpcDecodeError('bad-value', 10, 'a PDU without the protection that was agreed on');
  return withoutPadding(protection.unprotect(stub, auth.token, around), auth);
}

const withoutPadding = (stub: Buffer, { padding }: AuthVerifier) => stub.subarray(0, stub.length - padding);
