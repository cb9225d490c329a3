import { fingerprintText } from '../../parts/fingerprint.ts';
import type { Binding } from '../binding.ts';

/** The installed CAs. They are ours alone, so that none of this needs `--write`; a removal is confirmed. */
export const caBindings: readonly Binding[] = [
  {
    id: 'screen.cas',
    keys: ['i'],
    command: 'cas',
    aliases: ['installed-cas'],
    argument: 'filter',
    help: 'Show the installed CAs, which chains of servers are judged by',
    group: 'Screens',
    run: (controls, { argument }) => controls.show('cas', undefined, argument ?? ''),
  },
  {
    id: 'ca.remove',
    keys: ['X'],
    command: 'remove-ca',
    help: 'Remove the imported CA; chains are judged anew at once',
    group: 'Act',
    hint: 'Remove',
    harm: true,
    on: ['cas'],
    disabled: ({ ca }) => {
      if (!ca) return 'There is no CA to remove';
      return ca.imported ? undefined : 'The configuration names it: take its file out of trust.ca there';
    },
    run: (controls) => {
      const { ca, caChains } = controls.situation;
      if (!ca) return;
      controls.ask({
        title: 'Remove this CA?',
        lines: [
          ['SHA-256', fingerprintText(ca.sha256, 0)],
          ['Subject', ca.subject],
          ['Chains', caChains.length === 0 ? 'of no connector' : caChains.join(', ')],
          '',
          caChains.length === 0
            ? 'No connector needs it now. It can be imported again from its file.'
            : 'These connectors stop, unless another installed CA trusts their chains. What was accepted stays accepted.',
          ...(ca.configured ? ['A file of trust.ca holds it too, so that it stays installed.'] : []),
        ],
        yes: 'Remove',
        action: () => controls.act('Removing a CA', () => controls.actions.removeCa(ca.sha256)),
      });
    },
  },
];
