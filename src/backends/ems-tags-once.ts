import { EmsFailure } from '../ems/diagnosis.ts';
import { examine, targetText } from '../ems/examine.ts';
import { safeJson } from '../safe-json.ts';
import { safeText } from '../safe-text.ts';
import { type EmsOnceResult, explain } from './ems-once.ts';
import { converseOnce } from './ems-session-once.ts';
import type { EmsSetup } from './ems-setup.ts';

/** Fetches the tags of one connector and prints them with their members (docs/cli.md, ems tags). */
export async function emsTagsOnce(setup: EmsSetup, json: boolean): Promise<EmsOnceResult> {
  const [target] = setup.targets;
  if (!target) throw new Error('no connector');
  const name = safeText(target.name);
  const examination = await examine(target, { pins: 'respect' });
  const conversation = await converseOnce(target, examination, {
    pullSysinfo: true,
    pullTags: true,
    websocketOverride: true,
  });
  const missing =
    examination.outcome === 'certificate-not-accepted'
      ? new EmsFailure('not-accepted', { server: targetText(target) })
      : null;
  const failure = examination.failure ?? missing ?? conversation?.failure ?? conversation?.refused ?? null;
  const problem = failure?.problemFor(setup.release) ?? null;
  const tags = [...(conversation?.tags.values() ?? [])]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name: tag, type, ips, macs, uids }) => ({
      name: tag,
      type,
      members: Math.max(uids.length, ips.length, macs.length),
      ips,
      macs,
      endpoints: uids.map((uid) => ({ uid, host: conversation?.endpoints.get(uid)?.host ?? null })),
    }));
  const widest = Math.max(4, ...tags.map((tag) => tag.name.length));
  const line = (tag: string, type: string, members: string) =>
    `${tag.padEnd(widest)}  ${type.padEnd(14)}  ${members.padStart(7)}\n`;
  return {
    output: json
      ? safeJson({ name, tags, error: problem })
      : tags.length === 0
        ? ''
        : [
            line('Tag', 'Type', 'Members'),
            ...tags.map((tag) => line(tag.name, tag.type, String(tag.members))),
          ].join(''),
    diagnostics: problem
      ? explain(name, problem)
      : tags.length === 0
        ? [`${name}: EMS has no tag for this device`]
        : [],
    isHealthy: problem === null,
  };
}
