/** The way of a logon, from the domain controller to the policy (docs/why.md, Steps). */
export const whyStepNames = [
  'agent',
  'collector',
  'address',
  'groups',
  'filter',
  'link',
  'table',
  'policy',
] as const;
export type WhyStepName = (typeof whyStepNames)[number];

/**
 * `implied`: not seen from here, but a later step could not be as it is without it; `doubtful`: it holds, with something to
 * be known; `unknown`: not to be known from here.
 */
export type WhyState = 'ok' | 'implied' | 'doubtful' | 'broken' | 'unknown';

/** What a statement rests on. Texts are not yet safe to print. */
export interface WhyEvidence {
  readonly text: string;
  /** Who says so: a collector, the history, the configuration … */
  readonly source: string;
  /** When it was so, in milliseconds since the epoch; null for what has no time, such as a setting. */
  readonly at: number | null;
}

export interface WhyStep {
  readonly step: WhyStepName;
  readonly state: WhyState;
  /** What is so, one sentence without a full stop. */
  readonly text: string;
  readonly evidence: readonly WhyEvidence[];
  /** What would show it, where it is not known from here; else null. */
  readonly shownBy: string | null;
}

/** The first step that does not hold. */
export interface WhyFault {
  readonly step: WhyStepName;
  /** Its number in docs/troubleshooting.md; null where that has none. */
  readonly row: number | null;
  readonly cause: string;
  /** What to do, in order. */
  readonly fix: readonly string[];
}

/** What becomes of the traffic: `ntlm`, the browser is asked; `depends`, on what was not said or is not known. */
export type WhyOutcome = 'allow' | 'deny' | 'ntlm' | 'depends' | 'unknown';

/** One policy as it was looked at. */
export interface WhyPolicy {
  readonly id: number;
  readonly name: string | null;
  readonly vdom: string | null;
  readonly verdict: 'match' | 'no' | 'unknown';
  /** What it would do. */
  readonly outcome: WhyOutcome;
  readonly because: string;
}

/** What the policies of one source decide. */
export interface WhyDecision {
  /** `configuration`, or the name of a FortiGate. */
  readonly source: string;
  readonly outcome: WhyOutcome;
  /** The policy that decides; null for the implicit deny, and where it depends. */
  readonly policy: { readonly id: number; readonly name: string | null } | null;
  /** Where it asks the browser by NTLM: whose collector checks the answer, and whether who is in no known group gets in. */
  readonly ntlm: { readonly agent: string | null; readonly guests: boolean } | null;
  readonly because: string;
  /** Groups of the directory that the deciding policy lets in; where none decides, those of all that were near. */
  readonly permitted: readonly string[];
  /** Those that were looked at, in order; what comes after the one that decides is left out. */
  readonly policies: readonly WhyPolicy[];
  /** What was not looked at, or not told, a line each. */
  readonly limits: readonly string[];
}

/** Whom the question is about. */
export interface WhySubject {
  readonly kind: 'user' | 'ip';
  /** `user`, `DOMAIN\user`, or an address. */
  readonly value: string;
}

/** The logon that the answer is about. */
export interface WhyLogon {
  readonly user: string;
  readonly domain: string;
  readonly ip: string;
  /** Of a terminal server; 0 where there is none. */
  readonly session: number;
  readonly workstation: string;
  readonly groups: readonly string[];
  readonly connector: string;
  /** `host:port` of the collector. */
  readonly server: string;
}

/** Why somebody is allowed or denied. */
export interface WhyReport {
  readonly subject: WhySubject;
  /** The destination; null where none was named. */
  readonly to: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Null where nobody of the kind is logged on. */
  readonly logon: WhyLogon | null;
  /** Further logons of the subject, which this answer is not about: `DOMAIN\user at address`. */
  readonly others: readonly string[];
  readonly steps: readonly WhyStep[];
  readonly fault: WhyFault | null;
  readonly decisions: readonly WhyDecision[];
  /** Of all decisions together. */
  readonly outcome: WhyOutcome;
}

/** What is asked: about whom, and where the traffic goes. */
export interface WhyQuestion {
  readonly subject: WhySubject;
  /** An address; null where none is named. */
  readonly to: string | null;
  /** `connector|address|session` of the logon that is meant, where the subject has several; else null. */
  readonly logon: string | null;
  /** The FortiGate that told of the logon that is meant, where no connector of ours did. */
  readonly seen?: { readonly fortigate: string; readonly vdom: string | null; readonly ip: string };
}

/** Allowed, and every step holds: what exit status 0 says. */
export function isAllowed({ outcome, fault }: WhyReport): boolean {
  return outcome === 'allow' && fault === null;
}
