import type { TakeResult } from '../ems/fabric/member.ts';
import type { RootReport } from '../ems/fabric/root.ts';
import type { FabricConflict } from '../ems/fabric/trust-plan.ts';
import type { Problem } from '../problem.ts';
import { safeText } from '../safe-text.ts';
import type { EventLevel, NewEvent } from '../state/changes.ts';

/** What events of the synchronisation are about. */
export const fabricSource = 'fabric';

/** A line of the event log before it has its time. */
export type FabricLine = Omit<NewEvent, 'time'>;

function line(level: EventLevel, text: string, source = fabricSource): FabricLine {
  return { level, source: safeText(source), logId: null, text: safeText(text) };
}

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

export function problemLine(problem: Problem, level: EventLevel = 'error'): FabricLine {
  return line(level, `${problem.message}. ${problem.cause}`);
}

export function conflictLines(conflicts: readonly FabricConflict[]): FabricLine[] {
  return conflicts.map(({ subject, text }) =>
    line('warning', `Fabric conflict: ${subject}: ${text}`, subject),
  );
}

/** What the root tells about its publications. `places` is where members find them. */
export function rootLine(report: RootReport, places: readonly string[]): FabricLine {
  if (report.kind === 'failed') return problemLine(report.problem);
  return line('notice', `Fabric revision ${report.publication.revision} published: ${places.join(', ')}`);
}

/** What became of a document that a member looked at; nothing for one that is in force already. */
export function takeLines(result: TakeResult): FabricLine[] {
  if (result.kind === 'unchanged') return [];
  if (result.kind === 'refused') return [problemLine(result.problem)];
  const { applied, trust } = result;
  const { root, revision, settings } = applied.document;
  const signature = applied.verified ? 'signed by the root' : 'unsigned';
  const first = `Fabric revision ${revision} of ${root} is in force, ${signature}: ${count(settings.ems.length, 'EMS entry').replace('entrys', 'entries')}`;
  const lines = [line('notice', first)];
  for (const name of trust.acceptedPins)
    lines.push(
      line('notice', `The certificate that the root accepted and signed is accepted: ${name}`, name),
    );
  for (const name of trust.forgottenPins)
    lines.push(line('notice', `The root no longer accepts the certificate; it is forgotten: ${name}`, name));
  if (trust.installedAuthorities > 0)
    lines.push(
      line('notice', `${count(trust.installedAuthorities, 'CA certificate')} of the root installed`),
    );
  if (trust.removedAuthorities > 0)
    lines.push(line('notice', `${count(trust.removedAuthorities, 'CA certificate')} of the root removed`));
  for (const name of trust.awaitingPerson)
    lines.push(
      line(
        'warning',
        `The certificate of ${name} came without the root's signature: a person has to accept it`,
        name,
      ),
    );
  return [...lines, ...conflictLines(trust.conflicts)];
}
