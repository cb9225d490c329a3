import { expect, test } from 'vitest';
import { shownKeys } from '../../../src/screens/input/binding.ts';
import { bindings, whyNot, worksOn } from '../../../src/screens/input/commands.ts';
import type { Controls, Question, ScreenId, Situation } from '../../../src/screens/input/controls.ts';
import { pressKey } from '../../../src/screens/input/dispatch.ts';
import { ownKeys } from '../../../src/screens/input/key-table.ts';
import type { ActionResult } from '../../../src/state/actions.ts';
import type {
  CollectorRow,
  ComponentRow,
  ConnectorRow,
  DeviceRow,
  EntryRow,
  FortigateRow,
  GateRow,
  LogonRow,
  StoreChange,
} from '../../../src/state/changes.ts';
import { component, entry } from '../../support/component-rows.ts';
import { deviceRow, fortigateRow, gateRow } from '../../support/peer-rows.ts';
import { collector, connector, connectorToAccept, connectorUnknownCa, logon } from '../../support/rows.ts';

const screens: readonly ScreenId[] = [
  'connectors',
  'users',
  'collectors',
  'events',
  'certificate',
  'logon',
  'devices',
  'fortigates',
  'fortigate',
  'cas',
  'attached',
  'component',
  'entries',
  'entry',
];

function rowOf<T>(change: StoreChange): T {
  return ('row' in change ? change.row : null) as T;
}

const imported = {
  ...{ id: 'AA', subject: 'CN = CA', issuer: 'CN = CA', sha256: 'AA' },
  ...{ validFrom: 0, validTo: 1, configured: false, imported: true },
};

const nothing: Situation = {
  screen: 'connectors',
  connector: null,
  certificate: null,
  ca: null,
  caChains: [],
  connectors: [],
  collector: null,
  fssoConnectors: [],
  message: null,
  component: null,
  controller: null,
  entry: null,
  logon: null,
  event: null,
  alert: null,
  device: null,
  fortigate: null,
  gate: null,
  history: null,
  subject: null,
  admins: [],
  write: false,
  matched: 0,
  filter: '',
  frozen: false,
  cards: false,
  depth: 0,
  hasLast: false,
  replay: false,
  whyFixed: null,
  keyOf: ownKeys.keyOf,
};

function full(screen: ScreenId): Situation {
  const ems = rowOf<ConnectorRow>(connectorToAccept());
  return {
    ...nothing,
    screen,
    connector: screen === 'connectors' || screen === 'certificate' ? ems : null,
    ca: screen === 'cas' ? imported : null,
    connectors: ['branch'],
    collector: screen === 'collectors' ? rowOf<CollectorRow>(collector()) : null,
    component: screen === 'attached' || screen === 'component' ? rowOf<ComponentRow>(component()) : null,
    entry: screen === 'entries' || screen === 'entry' ? rowOf<EntryRow>(entry()) : null,
    device: screen === 'devices' ? rowOf<DeviceRow>(deviceRow('FGT', { authorized: false })) : null,
    fortigate: screen === 'fortigates' ? rowOf<FortigateRow>(fortigateRow()) : null,
    gate: screen === 'fortigates' || screen === 'fortigate' ? rowOf<GateRow>(gateRow()) : null,
    admins: ['branch'],
    write: true,
    logon: screen === 'users' || screen === 'logon' ? rowOf<LogonRow>(logon(1)) : null,
    matched: 3,
    filter: 'x',
    depth: 1,
    hasLast: true,
  };
}

/** Controls that note what was asked of them; questions are answered with yes. */
function noting(situation: Situation): {
  controls: Controls;
  calls: string[];
  told: string[];
  asked: Question[];
} {
  const calls: string[] = [];
  const told: string[] = [];
  const asked: Question[] = [];
  const actions = new Proxy({} as Controls['actions'], {
    get: (_, name: string) => async (): Promise<ActionResult> => {
      calls.push(name);
      return { ok: true, message: '', counts: [['corp', 3]] } as ActionResult;
    },
  });
  const controls = new Proxy({} as Controls, {
    get(_, name: string) {
      if (name === 'situation') return situation;
      if (name === 'actions') return actions;
      if (name === 'tell') return (text: string) => told.push(text);
      if (name === 'ask') {
        return (question: Question) => {
          asked.push(question);
          question.action();
        };
      }
      if (name === 'act') return (_doing: string, action: () => Promise<ActionResult>) => void action();
      return () => calls.push(name);
    },
  });
  return { controls, calls, told, asked };
}

const everyKey = [...new Set(bindings.flatMap((binding) => binding.keys))];

test.each(screens)('on %s, every key acts or says why it does not', (screen) => {
  for (const situation of [full(screen), { ...nothing, screen }]) {
    for (const key of everyKey) {
      const { controls, calls, told } = noting(situation);
      pressKey(key, controls, ownKeys);
      expect([key, calls.length > 0, told.length > 0]).not.toEqual([key, false, false]);
      for (const text of told) expect(text.length).toBeGreaterThan(10);
    }
  }
});

test('a key that is bound nowhere says where the keys are listed', () => {
  const { controls, told } = noting(full('users'));
  pressKey('Z', controls, ownKeys);
  expect(told).toEqual(['Z does nothing here; ? lists the keys']);
});

test('a key of another screen says what it does there', () => {
  const { controls, told } = noting(full('users'));
  pressKey('a', controls, ownKeys);
  expect(told).toEqual([
    'a works on another screen (certificate): accept the certificate that the EMS server shows',
  ]);
});

test('no key has two meanings on one screen, and no command two bindings', () => {
  for (const screen of screens) {
    const keys = bindings.filter((binding) => worksOn(binding, screen)).flatMap((binding) => binding.keys);
    expect(keys).toEqual([...new Set(keys)]);
  }
  const names = bindings.flatMap((binding) => [binding.command, ...(binding.aliases ?? [])]);
  expect(names).toEqual([...new Set(names)]);
});

test('what cannot be taken back asks first, and sits on no lower-case letter but a and r', () => {
  const harmful = bindings.filter((binding) => binding.harm);
  expect(harmful.map((binding) => binding.id)).toEqual([
    'act.accept',
    'act.reject',
    'act.fail-back',
    'act.clear',
    'act.clear-one',
    'configure.switch',
    'configure.delete',
    'ca.remove',
    'peer.authorize',
    'peer.verify',
    'peer.unverify',
    'peer.log-off',
    'attached.end-entry',
    'attached.clear-groups',
    'attached.renew-groups',
    'attached.disconnect',
  ]);
  const reported = { fortigate: 'edge', vdom: null, method: 'fsso', policyId: null, removal: 'POST' };
  for (const binding of harmful) {
    // Without a filter, under which the logons are counted before the question.
    const situation = { ...full(binding.on?.[0] ?? 'connectors'), filter: '' };
    // Only a logon that a FortiGate told of can be ended, and only one of ours be cleared.
    const isThere = binding.id === 'peer.log-off';
    const told = isThere ? { ...situation, logon: rowOf<LogonRow>(logon(1, { reported })) } : situation;
    const { controls, calls, asked } = noting(told);
    binding.run(controls, {});
    // The worst asks for the name typed, in a form.
    expect(asked).toHaveLength(binding.id === 'configure.delete' ? 0 : 1);
    expect(calls).toHaveLength(1);
    expect(binding.keys.filter((key) => /^[a-z]$/.test(key) && key !== 'a' && key !== 'r')).toEqual([]);
  }
});

test('every binding has a sentence of help', () => {
  for (const binding of bindings) {
    expect(binding.help).toMatch(/^[A-Z].*[^.]$/);
    expect(binding.keys.length === 0 || shownKeys(binding) !== '').toBe(true);
  }
});

test('a certificate that no installed CA signed cannot be accepted, and the reason names the way', () => {
  const accept = bindings.find((binding) => binding.id === 'act.accept');
  const situation = { ...full('certificate'), connector: rowOf<ConnectorRow>(connectorUnknownCa()) };
  expect(accept && whyNot(accept, situation)).toContain('import its CA with I first');
  const accepted = { ...situation, connector: rowOf<ConnectorRow>(connector({ name: 'x' })) };
  expect(accept && whyNot(accept, accepted)).toBe('It is accepted already');
});

test('while something covers the screen only the keys that work always are taken', () => {
  const { controls, calls } = noting(full('users'));
  expect(pressKey('u', controls, ownKeys, true)).toBe(false);
  expect(pressKey('ctrl+l', controls, ownKeys, true)).toBe(true);
  expect(calls).toEqual(['repaint']);
});
