import type { WhyDecision, WhyEvidence, WhyFault, WhyOutcome, WhyState } from '../../why-report.ts';
import { nearMiss } from '../policy/users.ts';
import { bareName } from '../wire/directory-name.ts';
import { isDistinguishedName } from '../wire/groups.ts';
import { whyCauses } from './causes.ts';
import { permittedInDirectory } from './directory.ts';
import type { WhyFacts } from './facts.ts';
import type { Told } from './steps.ts';

/** What the policies make of it; broken where the answer is no. */
export function policyStep(
  { policyProblems, logons, connectors, to, directory }: WhyFacts,
  decisions: readonly WhyDecision[],
  outcome: WhyOutcome,
  groups: readonly string[],
): Told {
  const evidence: WhyEvidence[] = [
    ...decisions.map(({ because, source }) => ({ text: because, source, at: null })),
    ...policyProblems.map((text) => ({ text, source: 'policies', at: null })),
  ];
  for (const text of new Set(ntlmNotes(decisions, connectors)))
    evidence.push({ text, source: 'NTLM', at: null });
  const shownBy =
    outcome === 'unknown'
      ? 'policies of the configuration, or a FortiGate that may be read (docs/why.md, Policies)'
      : outcome === 'depends' && to === null
        ? 'a destination: --to ADDRESS'
        : null;
  const fault = outcome === 'deny' ? faultOf(decisions, groups, logons.length > 0, directory) : null;
  return {
    step: { step: 'policy', state: states[outcome], text: sentences[outcome], evidence, shownBy },
    fault,
  };
}

const states: Readonly<Record<WhyOutcome, WhyState>> = {
  allow: 'ok',
  deny: 'broken',
  ntlm: 'doubtful',
  depends: 'doubtful',
  unknown: 'unknown',
};

const sentences: Readonly<Record<WhyOutcome, string>> = {
  allow: 'the policies allow it',
  deny: 'the policies deny it',
  ntlm: 'nobody is logged on, so the browser is asked by NTLM',
  depends: 'what the policies do depends on more than is known',
  unknown: 'no policies are known',
};

function faultOf(
  decisions: readonly WhyDecision[],
  groups: readonly string[],
  isLoggedOn: boolean,
  directory: WhyFacts['directory'],
): WhyFault {
  const denied = decisions.filter(({ outcome }) => outcome === 'deny');
  if (denied.some(({ policy }) => policy !== null)) return whyCauses['denied-by-policy'];
  const permitted = denied.flatMap((each) => each.permitted);
  if (permitted.length === 0) return whyCauses['implicit-deny'];
  const known = isLoggedOn ? permittedInDirectory(directory, permitted) : null;
  if (known !== null) {
    const base = whyCauses[known.group.isDirect ? 'group-not-told' : 'nested-group'];
    return { ...base, cause: `${base.cause} It is ${known.permitted}.` };
  }
  const near = isLoggedOn ? nearMiss(groups, permitted) : null;
  if (near === null) return whyCauses['other-group'];
  const isMixed = groups.some((own) =>
    permitted.some(
      (other) => bareName(own) === bareName(other) && isDistinguishedName(own) !== isDistinguishedName(other),
    ),
  );
  const base = whyCauses[isMixed ? 'modes-mixed' : 'other-group'];
  return { ...base, cause: `${base.cause} ${near[0]?.toUpperCase()}${near.slice(1)}.` };
}

/** Where the browser is asked, a collector has to check the answer: says which, and whether it can. */
function ntlmNotes(decisions: readonly WhyDecision[], connectors: WhyFacts['connectors']): string[] {
  const online = connectors
    .filter(({ links }) => links.some(({ active, state }) => active && state === 'online'))
    .map(({ name }) => name);
  return decisions.flatMap(({ ntlm }) => {
    if (ntlm === null) return [];
    const guests = ntlm.guests
      ? ['who fails, or is in none of its groups, is let in as a guest (ntlm-guest)']
      : ['who fails, or is in none of its groups, is denied (no ntlm-guest)'];
    return [agentNote(ntlm.agent, online, connectors), ...guests];
  });
}

function agentNote(
  agent: string | null,
  online: readonly string[],
  connectors: WhyFacts['connectors'],
): string {
  if (agent === null)
    return online.length > 0
      ? `a collector of ${online.join(', ')} is online that can check the answer of the browser`
      : 'no collector is online that could check the answer of the browser';
  const named = `fsso-agent-for-ntlm names ${agent}`;
  if (online.includes(agent))
    return `${named}, of which a collector is online to check the answer of the browser`;
  return connectors.some(({ name }) => name === agent)
    ? `${named}, of which no collector is online: nobody can check the answer of the browser`
    : `${named}, which is none of our connectors: whether it can check the answer is seen on the FortiGate (diagnose debug authd fsso server-status)`;
}
