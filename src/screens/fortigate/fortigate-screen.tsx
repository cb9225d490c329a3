import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { useTheme } from '../look.ts';
import { ScrolledPage } from '../parts/scrolled-page.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { fortigatePage } from './fortigate-lines.ts';

/** One FortiGate in full, as it tells of itself: all its VDOMs, or the one that was chosen. */
export function FortigateScreen(screen: ScreenProps): ReactNode {
  const { place, columns } = screen;
  const { stores, gate: loader } = useServices();
  const { ascii, rule } = useTheme();
  useVersion(stores.gates);
  useVersion(stores.fortigates);
  const { reading } = useStore(loader.state);
  const now = useNow();
  const gate = stores.gates.get(place.subject ?? '');
  const vdom = gate?.vdoms[place.index - 1] ?? null;
  const connectors = [...stores.fortigates.values()].filter((row) => row.fortigate === gate?.id);
  const lines = gate
    ? fortigatePage(gate, connectors, { width: columns, now, ascii, rule, vdom, reading })
    : null;
  return (
    <ScrolledPage
      {...screen}
      title={
        gate
          ? [
              ['FortiGate  ', 'title'],
              [gate.id, 'accent'],
              vdom === null ? '' : `  VDOM ${vdom}`,
              gate.hostName === null ? '' : `  ${gate.hostName}`,
            ]
          : []
      }
      lines={lines}
      gone="This FortiGate is gone. Esc goes back."
    />
  );
}
