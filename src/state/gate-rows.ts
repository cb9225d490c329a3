import type { Problem } from '../problem.ts';

// A FortiGate as a whole, as it tells of itself over its REST API. Times are milliseconds since the epoch; texts are safe
// already; null is not said.

/** One call that was made of it, and how it ended. */
export interface GateCall {
  /** What is asked for, in our words. */
  readonly name: string;
  readonly path: string;
  readonly at: number;
  /** How many rows came; null where none could be counted. */
  readonly rows: number | null;
  /** There were more than it told. */
  readonly isCut: boolean;
  readonly problem: Problem | null;
}

/** How it is clustered. */
export interface GateCluster {
  /** FortiOS's word: `standalone`, `a-a`, `a-p`. */
  readonly mode: string | null;
  readonly group: string | null;
  readonly role: 'primary' | 'secondary' | null;
  readonly members: readonly {
    readonly serial: string;
    readonly hostName: string | null;
    readonly priority: number | null;
    readonly primary: boolean | null;
  }[];
}

/** Users in one VDOM by how the FortiGate knows them. */
export interface GateUsers {
  readonly vdom: string | null;
  readonly method: string;
  readonly count: number;
}

/** One `user fsso` entry as the FortiGate sees it. */
export interface GateFsso {
  readonly vdom: string | null;
  readonly name: string;
  readonly type: string;
  readonly status: string | null;
  readonly activeServer: string | null;
  readonly users: number;
}

/** One policy with what it asks of users. */
export interface GatePolicy {
  readonly vdom: string | null;
  readonly id: number;
  readonly name: string | null;
  readonly enabled: boolean;
  readonly action: string;
  readonly from: string;
  readonly to: string;
  /** User groups, groups of the directory and users that it lets in; empty is anybody. */
  readonly who: readonly string[];
  readonly ntlm: boolean;
  /** The `user fsso` entry whose collector checks NTLM. */
  readonly ntlmAgent: string | null;
}

/** One user group, or group of the directory where `type` is `directory`. */
export interface GateGroup {
  readonly vdom: string | null;
  readonly name: string;
  readonly type: string;
  readonly members: readonly string[];
}

/** What is read when somebody looks: it is long, and changes rarely. */
export interface GatePolicies {
  readonly readAt: number;
  readonly policies: readonly GatePolicy[];
  readonly groups: readonly GateGroup[];
  readonly calls: readonly GateCall[];
}

export interface GateRow {
  /** As configured here. */
  readonly id: string;
  readonly hostName: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly version: string | null;
  readonly build: number | null;
  /** Those that the token sees, in the FortiGate's order; `root` alone where there is one. */
  readonly vdoms: readonly string[];
  readonly cluster: GateCluster | null;
  readonly users: readonly GateUsers[];
  readonly fsso: readonly GateFsso[];
  readonly calls: readonly GateCall[];
  /** Null until somebody looked, or where they cannot be had. */
  readonly policies: GatePolicies | null;
  /** When it last answered. */
  readonly lastSuccess: number | null;
  readonly nextTryAt: number | null;
  readonly problem: Problem | null;
}
