import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import { notDone, type StatusPlace, type StatusSpace, statusMeaning, type WindowsTask } from './statuses.ts';

const stages: Readonly<Record<WindowsTask, string>> = {
  login: 'authentication',
  pipe: 'smb',
  sessions: 'sessions',
  'event-log': 'event log',
  'logged-on users': 'logged-on users',
  registry: 'registry',
  'ntlm verdict': 'ntlm',
};

/** The stage of a Problem that a task meets. */
export function stageOf(task: WindowsTask): string {
  return stages[task];
}

/** A code of Windows as people read it: why, and what was not done, in one sentence. Texts are safe to show. */
export function statusProblem(space: StatusSpace, code: number, place: StatusPlace): Problem {
  const meaning = statusMeaning(space, code);
  const hex = `0x${code.toString(16).padStart(8, '0')}`;
  const {
    name = hex,
    says = `status ${hex}`,
    cause = 'The machine answered with a code that is not known here.',
  } = meaning ?? {};
  return {
    stage: stageOf(place.task),
    code: name,
    message: safeText(`${says}: ${notDone(place)}`),
    cause: safeText(cause),
    fix: (meaning?.fix(place) ?? [`look ${hex} up in Microsoft's lists (net helpmsg, err.exe)`]).map(
      safeText,
    ),
  };
}
