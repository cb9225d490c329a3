import type { VerdictKind } from '../windows/netlogon/verdicts.ts';
import type { PollMode } from '../windows/reading.ts';
import type { ListeningField, ListeningSide } from './listeners.ts';

/** How much a collector's event matters. */
export type EventLevel = 'debug' | 'info' | 'warn' | 'error';

/** Why a logon that arrived changed nothing. */
export type IgnoredBecause =
  | 'terminal-server' // a terminal server's logons hold this address
  | 'newer-logon' // its name took so long to resolve that a later logon was entered first
  | 'table-full'
  | 'name-too-long'
  | 'empty-user'
  | 'ignore-list' // the user is on the list of ignored ones
  | 'machine-account' // the account of a computer
  | 'ignored-address' // DC agents are not believed at this address
  | 'duplicate' // another agent told of the same logon a moment ago
  | 'not-monitored' // user logon events are not monitored
  | 'logged-off'; // a logoff came while it waited for its address or its groups

/** Why an entry is `Not Verified`. */
export type DoubtedBecause = 'workstation-unknown'; // it could not be asked

/** Why an entry ended. */
export type EndedBecause =
  | 'dead-entry-timeout'
  | 'address-changed' // the workstation has another one by DNS
  | 'not-logged-on' // the workstation says so
  | 'reported' // a feed told of the logoff
  | 'operator' // a person ended it
  | 'terminal-server' // the address turned out to be a terminal server's
  | 'moved'; // somebody else logged on at the workstation's other address

/** Why a workstation, or the program that asks it, gave no verdict. */
export type CheckFailedBecause =
  | 'not-started'
  | 'timeout'
  | 'status' // an exit status without a meaning
  | 'output-too-long'
  | 'stopped'
  | 'not-told'; // the workstation did not answer, or refused: `code` and `detail` say which

/** Why a datagram, line or request was dropped (docs/protocol/fsso.md, Datagrams and Feeds). */
export type DroppedBecause =
  | 'bad-length'
  | 'source-not-allowed'
  | 'rate' // its source sends more than it may
  | 'too-long'
  | 'too-many-connections'
  | 'tls-handshake' // it failed, or the certificate is not one of our authority
  | 'not-accounting' // a RADIUS packet of another kind
  | 'bad-authenticator'; // nobody who knows the shared secret made it

/** Why a name gave no address. */
export type UnresolvedBecause =
  | 'no-dns-server' // none is configured
  | 'not-a-name' // cannot be a host name, or is an address that is not IPv4
  | 'not-found'
  | 'only-ipv6' // a FortiGate can be told of IPv4 addresses only
  | 'no-answer'
  | 'refused'
  | 'busy'; // too many logons wait already

interface Who {
  ip: string;
  session: number;
  user: string;
  domain: string;
  workstation: string;
}

type Details =
  | ({
      msg: 'listening';
      /** Bytes of datagrams that the system holds for us. */
      receiveBuffer?: number;
      // `address:port` of each open port.
    } & { [Field in ListeningField]?: string })
  | { msg: 'datagrams from any address are taken' }
  | { msg: 'no password is asked of FortiGates' }
  | { msg: 'password is longer than FortiGates and collectors agree on'; longest: number }
  | { msg: 'static groups name a user without a domain'; key: string }
  | (Who & {
      msg: 'logon';
      action: 'added' | 'renewed' | 'replaced';
      /** `DOMAIN\user` of the entry that it replaced. */
      previous?: string;
      groups: string;
      agent: string;
    })
  | (Who & { msg: 'logoff'; why: EndedBecause })
  | (Omit<Who, 'ip'> & {
      msg: 'logon ignored';
      ip: string | null;
      why: IgnoredBecause;
      agent: string;
      repeated?: number;
    })
  | (Who & { msg: 'logon not verified'; why: DoubtedBecause })
  | (Who & { msg: 'logon verified' })
  | {
      msg: 'workstation check failed';
      ip: string;
      workstation: string;
      why: CheckFailedBecause;
      /** Exit status. */
      status?: number;
      /** Of a question without a program: how it was asked, and what came of it. */
      method?: string;
      code?: string;
      detail?: string;
      repeated?: number;
    }
  | { msg: 'datagram dropped'; agent: string; why: DroppedBecause; detail?: string; repeated?: number }
  | { msg: 'datagram not understood'; agent: string; text: string; repeated?: number }
  | { msg: 'report incomplete'; agent: string; rule: string; missing: string; repeated?: number }
  | { msg: 'domain controllers not found'; domain: string; error: string }
  | { msg: 'domain controller without an agent'; controller: string; domain: string; addresses: string }
  | { msg: 'domain controller reported'; controller: string; domain: string; agent: string }
  | { msg: 'file cannot be read' | 'file cannot be written'; file: string; error: string; repeated?: number }
  | {
      msg: 'controller polled';
      controller: string;
      mode: PollMode;
      ms: number;
      /** Sessions or records that were read, and logons among them. */
      read: number;
      logons: number;
    }
  | {
      msg: 'controller not polled';
      controller: string;
      mode: PollMode;
      stage: string;
      code: number | string | null;
      why: string;
      cause: string;
      fix: string;
      retryInSeconds: number;
    }
  | { msg: 'controller polled again'; controller: string; mode: PollMode }
  | { msg: 'controller polled too slowly'; controller: string; mode: PollMode; ms: number; longest: number }
  | { msg: 'event log was overwritten'; controller: string; log: string; lost: number }
  | { msg: 'event log was cleared'; controller: string; log: string }
  | {
      msg: 'ntlm answer checked';
      ip: string;
      user: string;
      domain: string;
      workstation: string;
      verdict: VerdictKind;
      /** NTSTATUS by name; null where no domain controller was asked. */
      status: string | null;
      cause: string;
      ms: number;
      /** Address of a gate in a process of its own; absent for one of ours. */
      gate?: string;
      repeated?: number;
    }
  | {
      msg: 'domain controller gives no verdicts';
      controller: string;
      stage: string;
      code: number | string | null;
      why: string;
      cause: string;
      fix: string;
    }
  | { msg: 'domain controller gives verdicts again'; controller: string }
  | { msg: 'agent heard'; agent: string; domain: string; version: string }
  | { msg: 'gate connected'; gate: string; certificate: string }
  | { msg: 'gate disconnected'; gate: string; why: string }
  | { msg: 'agent connected'; agent: string; certificate: string }
  | { msg: 'agent disconnected'; agent: string; why: string }
  | { msg: 'agent silent'; agent: string; domain: string | null; seconds: number }
  | { msg: 'agent clock is off'; agent: string; seconds: number }
  | {
      msg: 'directory does not answer';
      directory: string;
      error: string;
      cause: string;
      code: number | string | null;
    }
  | { msg: 'directory answers again'; directory: string }
  | { msg: 'directory is spoken to in plain text'; directory: string }
  | { msg: 'nothing is served before the directory answers'; directory: string }
  | {
      msg: 'network addresses not understood';
      directory: string;
      values: number;
      /** Distinguished names of the first few. */
      users: string;
    }
  | { msg: 'agents are too many to remember'; agent: string; longest: number }
  | {
      msg: 'name not resolved';
      workstation: string;
      domain: string;
      user: string;
      why: UnresolvedBecause;
      repeated?: number;
    }
  | {
      msg: 'groups not looked up';
      user: string;
      domain: string;
      /** In words. */
      why: string;
      /** What the directory said earlier still holds. */
      kept: boolean;
      repeated?: number;
    }
  | { msg: 'user not in a directory'; user: string; domain: string; repeated?: number }
  | { msg: 'directory without TLS'; directory: string }
  | {
      msg: 'directory server failed';
      directory: string;
      server: string;
      stage: string;
      why: string;
      retryInSeconds: number;
    }
  | { msg: 'directory server answers again'; directory: string; server: string }
  | { msg: 'listener failed'; listener: ListeningSide; error: string }
  | { msg: 'fortigate connected'; peer: string }
  | { msg: 'fortigate accepted'; peer: string; identity: string; name: string; strategy: string }
  | {
      msg: 'fortigate refused';
      peer: string;
      identity: string | null;
      why: 'password' | 'identity-not-allowed' | 'too-many-fortigates';
    }
  | {
      msg: 'fortigate closed';
      peer: string;
      identity: string | null;
      /** One line, in words. */
      why: string;
      events: number;
      bulks: number;
    }
  | { msg: 'all logons sent'; peer: string; identity: string; logons: number; frames: number }
  | { msg: 'group filter received'; peer: string; identity: string; groups: number; changed: boolean }
  | { msg: 'sequence numbers missed'; peer: string; identity: string; missed: number }
  | { msg: 'message not understood'; peer: string; identity: string; code: number; bytes: number }
  | { msg: 'logons restored'; entries: number; unreadable: number; ms: number }
  | { msg: 'logon cache not read'; file: string; why: string }
  | { msg: 'logon cache not written'; directory: string; why: string }
  | { msg: 'RADIUS sessions not kept'; file: string; why: string }
  | { msg: 'logon cache written again' }
  | { msg: 'user logon events are not monitored' }
  /** The keys that were taken up because they changed, and those that need a restart. */
  | { msg: 'configuration read again'; taken: readonly string[]; restart: readonly string[] }
  | { msg: 'configuration not read'; why: string }
  | { msg: 'stopping' }
  | { msg: 'stopped'; entries: number; datagrams: number };

/** Something that happened in a collector. Texts come from the network and have not been made safe. */
export type CollectorEvent = Details & { level: EventLevel };

const levels: Record<Details['msg'], EventLevel> = {
  listening: 'info',
  'datagrams from any address are taken': 'warn',
  'no password is asked of FortiGates': 'warn',
  'password is longer than FortiGates and collectors agree on': 'warn',
  'static groups name a user without a domain': 'warn',
  logon: 'info',
  logoff: 'info',
  'logon ignored': 'info',
  'logon not verified': 'info',
  'logon verified': 'info',
  'workstation check failed': 'warn',
  'datagram dropped': 'warn',
  'datagram not understood': 'warn',
  'report incomplete': 'warn',
  'domain controllers not found': 'warn',
  'domain controller without an agent': 'warn',
  'domain controller reported': 'info',
  'file cannot be read': 'warn',
  'file cannot be written': 'warn',
  'controller polled': 'debug',
  'controller not polled': 'warn',
  'controller polled again': 'info',
  'controller polled too slowly': 'warn',
  'event log was overwritten': 'warn',
  'event log was cleared': 'warn',
  'ntlm answer checked': 'info',
  'domain controller gives no verdicts': 'error',
  'domain controller gives verdicts again': 'info',
  'agent heard': 'info',
  'gate connected': 'info',
  'gate disconnected': 'warn',
  'agent connected': 'info',
  'agent disconnected': 'info',
  'agent silent': 'warn',
  'agent clock is off': 'warn',
  'directory does not answer': 'error',
  'directory answers again': 'info',
  'directory is spoken to in plain text': 'warn',
  'nothing is served before the directory answers': 'warn',
  'network addresses not understood': 'warn',
  'agents are too many to remember': 'warn',
  'name not resolved': 'warn',
  'groups not looked up': 'warn',
  'user not in a directory': 'info',
  'directory without TLS': 'warn',
  'directory server failed': 'warn',
  'directory server answers again': 'info',
  'listener failed': 'error',
  'fortigate connected': 'info',
  'fortigate accepted': 'info',
  'fortigate refused': 'warn',
  'fortigate closed': 'info',
  'all logons sent': 'info',
  'group filter received': 'info',
  'sequence numbers missed': 'debug',
  'message not understood': 'debug',
  'logons restored': 'info',
  'logon cache not read': 'warn',
  'logon cache not written': 'error',
  'RADIUS sessions not kept': 'error',
  'logon cache written again': 'info',
  'user logon events are not monitored': 'warn',
  'configuration read again': 'info',
  'configuration not read': 'error',
  stopping: 'info',
  stopped: 'info',
};

/** Takes events. Never throws. */
export type Report = (event: CollectorEvent) => void;

/** The event with the level that its kind has. */
export function collectorEvent(details: Details): CollectorEvent {
  return { level: levels[details.msg], ...details };
}
