import { expect, test } from 'vitest';
import { componentRow } from '../../../src/backends/attached/rows.ts';
import { componentLines } from '../../../src/screens/attached/component-lines.ts';
import type { ComponentFact } from '../../../src/state/changes.ts';

const counted = (label: string, value: number): ComponentFact => [label, { kind: 'count', value }];

test.each([76, 80, 120])('no label is cut, nor runs into its number, in %i columns', (width) => {
  const labels = [
    'Entries',
    'Addresses checked',
    'Workstations unknown',
    'No logon servers',
    'Addresses moved',
  ];
  const facts = labels.map((label, place) => counted(label, 700 + place));
  const row = componentRow('main', { kind: 'collector', name: 'main', state: 'connected', facts });
  const text = componentLines(row, { width, now: 0, ascii: false })
    .map((line) => line.map((run) => run.text).join(''))
    .join('\n');
  for (const [place, label] of labels.entries())
    expect(text).toMatch(new RegExp(`${label} +${700 + place}\\b`));
});
