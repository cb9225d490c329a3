import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { NtlmError } from '../../../fsso/ntlm/ntlm-error.ts';
import type { SpnegoServer } from '../../../fsso/ntlm/spnego-server.ts';
import { isEncrypted } from '../../../fsso/smb/encryption.ts';
import { SmbDecodeError } from '../../../fsso/smb/errors.ts';
import { Preauth } from '../../../fsso/smb/keys.ts';
import { sessionFlags } from '../../../fsso/smb/profile.ts';
import { challengerOf } from '../challenger.ts';
import type { Caller } from '../rpc/service.ts';
import { framed, SmbFrames } from './frames.ts';
import { type Agreed, agreedOn, asksForSmb2, negotiateBody } from './negotiation.ts';
import { PipeTree } from './pipe-tree.ts';
import { isSignedBy, type ServerProtection, serverProtection } from './protection.ts';
import type { SmbServed } from './served.ts';
import {
  commands,
  decodeRequests,
  encodeResponse,
  errorBody,
  NotSmb,
  namedBytes,
  type SmbRequest,
  type SmbResponse,
  smbFlags,
  smbStatuses,
} from './wire.ts';

interface Session {
  readonly id: bigint;
  readonly login: SpnegoServer;
  caller: Caller | null;
  protection: ServerProtection | null;
  /** Over all that was said before the login was over. */
  readonly preauth: Preauth;
  readonly trees: Map<number, PipeTree>;
}

const failed = (status: number): SmbResponse => ({ status, body: errorBody });
const plain = (...bytes: number[]): SmbResponse => ({ status: smbStatuses.done, body: Buffer.from(bytes) });
const everything = 0x001f01ff;
const pipeShare = 2;
const mostSessions = 16;

/** One connection of a client: its logins, and what they opened. Requests are answered in order. */
export class SmbConnection {
  readonly #socket: Socket;
  readonly #served: SmbServed;
  readonly #frames = new SmbFrames();
  readonly #sessions = new Map<bigint, Session>();
  /** NEGOTIATE and its answer. */
  readonly #negotiation: Buffer[] = [];
  #agreed: Agreed | null = null;
  #nextTree = 1;

  constructor(socket: Socket, served: SmbServed) {
    this.#socket = socket;
    this.#served = served;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const session of this.#sessions.values()) end(session);
      this.#sessions.clear();
    });
  }

  #receive(bytes: Buffer): void {
    try {
      for (const frame of this.#frames.push(bytes)) this.#take(frame);
    } catch (error) {
      // Whoever sends something else is not answered.
      const isTheirs =
        error instanceof NotSmb || error instanceof RangeError || error instanceof SmbDecodeError;
      if (!isTheirs) throw error;
      this.#socket.destroy();
    }
  }

  #take(bytes: Buffer): void {
    const cipher = isEncrypted(bytes) && bytes.length > 52 ? this.#cipherOf(bytes) : null;
    const frame = cipher?.decrypt(bytes) ?? bytes;
    if (this.#agreed === null && asksForSmb2(frame)) {
      this.#greet();
      return;
    }
    let before: { readonly request: SmbRequest; readonly response: SmbResponse } | null = null;
    for (const each of decodeRequests(frame)) {
      const isRelated = (each.flags & smbFlags.related) !== 0 && before !== null;
      const request: SmbRequest =
        isRelated && before !== null
          ? {
              ...each,
              sessionId: before.request.sessionId,
              treeId: before.response.treeId ?? before.request.treeId,
            }
          : each;
      const response = this.#answer(request, isRelated, cipher !== null);
      if (response !== null) this.#send(request, response, cipher !== null);
      before = response === null ? null : { request, response };
    }
  }

  /** The session that an encrypted message names has the key. */
  #cipherOf(frame: Buffer) {
    const cipher = this.#sessions.get(frame.readBigUInt64LE(44))?.protection?.cipher;
    if (!cipher) throw new NotSmb('an encrypted message of no session');
    return cipher;
  }

  /** To SMB 1's question whether SMB 2 is spoken: the client asks again in SMB 2. */
  #greet(): void {
    const { serverId, clock } = this.#served;
    const asked = Buffer.alloc(64);
    const request: SmbRequest = {
      ...{ command: commands.negotiate, flags: 0, credits: 1, messageId: 0n, treeId: 0, sessionId: 0n },
      ...{ message: asked, body: Buffer.alloc(0) },
    };
    const body = negotiateBody(null, serverId, clock);
    this.#socket.write(framed(encodeResponse(request, { status: smbStatuses.done, body })));
  }

  #send(request: SmbRequest, response: SmbResponse, encrypts: boolean): void {
    const message = encodeResponse(request, response);
    const session = this.#sessions.get(response.sessionId ?? request.sessionId);
    if (request.command === commands.negotiate) this.#negotiation.push(request.message, message);
    if (response.status === smbStatuses.moreProcessing) session?.preauth.add(message);
    const { signer, cipher } = session?.protection ?? { signer: null, cipher: null };
    if (!encrypts) signer?.sign(message);
    if (request.command === commands.logoff && session !== undefined) this.#forget(session);
    this.#socket.write(framed(encrypts && cipher ? cipher.encrypt(message) : message));
  }

  #forget(session: Session): void {
    end(session);
    this.#sessions.delete(session.id);
  }

  #answer(request: SmbRequest, isRelated: boolean, isEncryptedRequest: boolean): SmbResponse | null {
    if (request.command === commands.negotiate) return this.#negotiate(request);
    if (this.#agreed === null) throw new NotSmb('a request before any dialect');
    if (request.command === commands.cancel) return null;
    const session = this.#sessions.get(request.sessionId);
    if (request.command === commands.sessionSetup) return this.#setup(request, session, this.#agreed);
    if (request.command === commands.echo && session === undefined) return plain(4, 0, 0, 0);
    if (session === undefined || session.caller === null || session.protection === null)
      return failed(smbStatuses.noSession);
    if (
      !isEncryptedRequest &&
      (this.#served.encrypts || !isSignedBy(session.protection.signer, request.message))
    )
      return failed(smbStatuses.accessDenied);
    return this.#ofSession(request, session, session.caller, isRelated);
  }

  #negotiate({ message }: SmbRequest): SmbResponse {
    const { serverId, clock, encrypts } = this.#served;
    const agreed = agreedOn(message);
    if (agreed === null || this.#agreed !== null) return failed(smbStatuses.notSupported);
    if (encrypts && agreed.cipher === null) return failed(smbStatuses.accessDenied);
    this.#agreed = agreed;
    return { status: smbStatuses.done, body: negotiateBody(agreed, serverId, clock) };
  }

  #setup(request: SmbRequest, known: Session | undefined, agreed: Agreed): SmbResponse {
    const session = known ?? this.#newSession();
    if (session === null) return failed(smbStatuses.accessDenied);
    const { id: sessionId, preauth } = session;
    preauth.add(request.message);
    const token = namedBytes(request.message, request.body.readUInt16LE(12), request.body.readUInt16LE(14));
    try {
      const { token: answer, accepted } = session.login.next(token);
      if (accepted !== null) {
        const { user, domain, sessionKey } = accepted;
        const address = (this.#socket.remoteAddress ?? '').replace(/^::ffff:/, '');
        session.caller = { user, domain, address, since: this.#served.clock.now() };
        session.protection = serverProtection(agreed, sessionKey, preauth.value, sessionId);
      }
      const status = accepted === null ? smbStatuses.moreProcessing : smbStatuses.done;
      const flags = this.#served.encrypts && accepted !== null ? sessionFlags.encrypt : 0;
      return { status, body: setupBody(answer, flags), sessionId };
    } catch (error) {
      if (!(error instanceof NtlmError)) throw error;
      this.#forget(session);
      return { ...failed(smbStatuses.logonFailure), sessionId };
    }
  }

  #newSession(): Session | null {
    if (this.#sessions.size >= mostSessions) return null;
    const { machine, clock } = this.#served;
    const login = challengerOf(machine, clock);
    const id = randomBytes(8).readBigUInt64LE() | 1n;
    const preauth = new Preauth();
    for (const message of this.#negotiation) preauth.add(message);
    const session: Session = { id, login, caller: null, protection: null, preauth, trees: new Map() };
    this.#sessions.set(id, session);
    return session;
  }

  #ofSession(request: SmbRequest, session: Session, caller: Caller, isRelated: boolean): SmbResponse {
    switch (request.command) {
      case commands.logoff:
      case commands.echo:
        return plain(4, 0, 0, 0);
      case commands.treeConnect:
        return this.#connectTree(request, session, caller);
      case commands.treeDisconnect:
        session.trees.get(request.treeId)?.close();
        return session.trees.delete(request.treeId) ? plain(4, 0, 0, 0) : failed(smbStatuses.noTree);
      default: {
        const tree = session.trees.get(request.treeId);
        return tree === undefined ? failed(smbStatuses.noTree) : tree.answer(request, isRelated);
      }
    }
  }

  #connectTree({ message, body }: SmbRequest, session: Session, caller: Caller): SmbResponse {
    const path = namedBytes(message, body.readUInt16LE(4), body.readUInt16LE(6)).toString('utf16le');
    if (!/\\ipc\$$/i.test(path)) return failed(smbStatuses.badNetworkName);
    const treeId = this.#nextTree++;
    session.trees.set(treeId, new PipeTree(this.#served, this.#agreed as Agreed, caller));
    const answer = Buffer.alloc(16);
    answer.writeUInt16LE(16, 0);
    answer[2] = pipeShare;
    answer.writeUInt32LE(everything, 12);
    return { status: smbStatuses.done, body: answer, treeId };
  }
}

function end(session: Session): void {
  for (const tree of session.trees.values()) tree.close();
  session.trees.clear();
}

function setupBody(token: Buffer, flags: number): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(9, 0);
  fixed.writeUInt16LE(flags, 2);
  fixed.writeUInt16LE(64 + fixed.length, 4);
  fixed.writeUInt16LE(token.length, 6);
  return Buffer.concat([fixed, token]);
}
