import type { EmsAdminRow } from '../../state/changes.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run } from '../parts/columns.ts';
import { composeFields, composeLong, composeProblem, type Field } from '../parts/fields.ts';
import { count, countdown, dateTime } from '../text/format.ts';

const day = 86_400_000;
/** Days before the end of a licence from which on it is marked. */
const soon = 30;

/** What an EMS tells its administrators, and what is wrong with asking it. */
export function adminLines(row: EmsAdminRow, now: number, width: number): Run[][] {
  const { endpoints } = row;
  const lines = composeFields(
    [
      ['EMS version', row.version ?? '', row.advisories.length > 0 ? 'bad' : 'plain'],
      ['Serial number', row.serialNumber ?? ''],
      licenseField(row, now),
      ['Endpoints', endpoints === null ? '' : endpointText(endpoints)],
      ['Asked', row.lastSuccess === null ? '' : `${minutesSince(row.lastSuccess, now)} ago`],
      ['Next try', row.problem && row.nextTryAt !== null ? `in ${countdown(row.nextTryAt - now)}` : ''],
    ],
    width,
  );
  for (const advisory of row.advisories) lines.push(...composeLong(['Advisory', advisory, 'bad'], width));
  if (row.license?.error) lines.push(...composeLong(['Licence says', row.license.error, 'bad'], width));
  if (row.problem) lines.push(...composeProblem(row.problem, width));
  return lines;
}

/** `7 online of 12`. */
function endpointText({ total, online }: NonNullable<EmsAdminRow['endpoints']>): string {
  const parts = [
    online === null ? '' : `${count(online)} online`,
    total === null ? '' : `${count(total)} in all`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function licenseField({ license }: EmsAdminRow, now: number): Field {
  if (license === null) return ['Licence', ''];
  const { expiresAt } = license;
  const kind = license.isTrial ? 'trial, ' : '';
  if (expiresAt === null) return ['Licence', license.isTrial ? 'trial' : ''];
  const days = Math.floor((expiresAt - now) / day);
  const date = dateTime(expiresAt).slice(0, 10);
  if (days < 0) return ['Licence', `${kind}ended ${date}`, 'bad'];
  return [
    'Licence',
    `${kind}to ${date}, ${days === 1 ? '1 day' : `${days} days`}`,
    days < soon ? 'warn' : 'plain',
  ];
}
