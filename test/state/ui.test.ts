import { expect, test } from 'vitest';
import { createUi } from '../../src/state/ui.ts';

test('a screen opened from a row is left by going back, and the cursor below is where it was', () => {
  const ui = createUi('connectors');
  ui.update({ cursor: 'ems-1', index: 2, offset: 1 });
  ui.open('certificate', 'ems-1');
  expect(ui.current).toMatchObject({ screen: 'certificate', subject: 'ems-1', cursor: null });
  expect(ui.back()).toBe(true);
  expect(ui.current).toMatchObject({ screen: 'connectors', cursor: 'ems-1', index: 2, offset: 1 });
  expect(ui.back()).toBe(false);
});

test('the last screen is one key away, to and fro', () => {
  const ui = createUi('connectors');
  expect(ui.swap()).toBe(false);
  ui.go('users');
  ui.swap();
  expect(ui.current.screen).toBe('connectors');
  ui.swap();
  expect(ui.current.screen).toBe('users');
});

test('going to a screen begins a new stack, and keeps the order and filter that it was left with', () => {
  const ui = createUi('connectors');
  ui.go('users');
  ui.update({ sort: { column: 'ip', direction: 'down' }, filter: 'ann' });
  ui.open('certificate', 'ems-1');
  ui.go('events');
  expect(ui.state.getState().stack).toHaveLength(1);
  ui.go('users');
  expect(ui.current).toMatchObject({ sort: { column: 'ip', direction: 'down' }, filter: 'ann' });
  expect(ui.back()).toBe(false);
});

test('opening what is on top already changes nothing', () => {
  const ui = createUi('connectors');
  ui.open('help');
  const before = ui.state.getState();
  ui.open('help');
  expect(ui.state.getState()).toBe(before);
});
