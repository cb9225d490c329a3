import type { Binding } from '../binding.ts';
import type { Situation } from '../controls.ts';

export const moveBindings: readonly Binding[] = [
  {
    id: 'move.down',
    keys: ['j', 'down'],
    command: 'down',
    help: 'Down one row or line',
    group: 'Move',
    run: (controls) => controls.move(1),
  },
  {
    id: 'move.up',
    keys: ['k', 'up'],
    command: 'up',
    help: 'Up one row or line',
    group: 'Move',
    run: (controls) => controls.move(-1),
  },
  {
    id: 'move.page-down',
    keys: ['pgdn', 'ctrl+f', 'space'],
    command: 'page-down',
    help: 'Down one window',
    group: 'Move',
    run: (controls) => controls.page(1),
  },
  {
    id: 'move.page-up',
    keys: ['pgup', 'ctrl+b'],
    command: 'page-up',
    help: 'Up one window',
    group: 'Move',
    run: (controls) => controls.page(-1),
  },
  {
    id: 'move.first',
    keys: ['g', 'home'],
    command: 'first',
    help: 'To the first row; the cursor then stays at the top',
    group: 'Move',
    run: (controls) => controls.first(),
  },
  {
    id: 'move.last',
    keys: ['G', 'end'],
    command: 'end',
    help: 'To the last row',
    group: 'Move',
    run: (controls) => controls.last(),
  },
  {
    id: 'card.next',
    keys: ['right'],
    command: 'next-card',
    help: 'To the card on the right',
    group: 'Move',
    on: ['connectors'],
    disabled: noCards,
    run: (controls) => controls.beside(1),
  },
  {
    id: 'card.previous',
    keys: ['left'],
    command: 'previous-card',
    help: 'To the card on the left',
    group: 'Move',
    on: ['connectors'],
    disabled: noCards,
    run: (controls) => controls.beside(-1),
  },
  {
    id: 'certificate.next',
    keys: [']', 'right'],
    command: 'next-certificate',
    help: 'Show the next certificate of the chain, towards the root',
    group: 'Move',
    on: ['certificate'],
    disabled: chainOfOne,
    run: (controls) => controls.step(1),
  },
  {
    id: 'certificate.previous',
    keys: ['[', 'left'],
    command: 'previous-certificate',
    help: 'Show the previous certificate of the chain, towards the server',
    group: 'Move',
    on: ['certificate'],
    disabled: chainOfOne,
    run: (controls) => controls.step(-1),
  },
];

function noCards({ cards, keyOf }: Situation): string | undefined {
  return cards ? undefined : `Only cards stand beside each other (${keyOf('cards')} shows them)`;
}

function chainOfOne(situation: Situation): string | undefined {
  return (situation.connector?.chain.length ?? 0) > 1 ? undefined : 'The chain has no other certificate';
}
