import type { PolicySet } from '../../fsso/policy/model.ts';
import { safeText } from '../../safe-text.ts';
import { problemOf } from '../ems-admin.ts';
import type { FortigateTarget } from '../fortigate/setup.ts';
import { configuredPolicies } from '../policies.ts';

/** The policies that are known, and why others are not, a line each. */
export interface KnownPolicies {
  readonly policies: readonly PolicySet[];
  readonly policyProblems: readonly string[];
}

/**
 * Policies of the configuration where it has any, else those of the configured FortiGates, read anew (docs/why.md,
 * Policies).
 */
export async function knownPolicies(
  config: Parameters<typeof configuredPolicies>[0],
  fortigates: readonly Pick<FortigateTarget, 'name' | 'client'>[],
  signal?: AbortSignal,
): Promise<KnownPolicies> {
  const configured = configuredPolicies(config);
  if (configured !== null) return { policies: [configured], policyProblems: [] };
  const policies: PolicySet[] = [];
  const policyProblems: string[] = [];
  await Promise.all(
    fortigates.map(async ({ name, client }) => {
      try {
        policies.push(await client.identity.policies(name, signal));
      } catch (error) {
        const { message, stage } = problemOf(error);
        policyProblems.push(`FortiGate ${safeText(name)} did not tell its policies: ${message} (${stage})`);
      }
    }),
  );
  const place = ({ source }: PolicySet) => fortigates.findIndex(({ name }) => name === source);
  return { policies: policies.toSorted((one, other) => place(one) - place(other)), policyProblems };
}
