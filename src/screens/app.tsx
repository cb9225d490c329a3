import { Box, Text, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactNode, useState } from 'react';
import { useStore } from 'zustand';
import type { Controller } from './controller.ts';
import { HelpScreen } from './help/help-screen.tsx';
import { keyNames } from './input/keymap.ts';
import { UnmarkedPaste } from './input/pasted.ts';
import { LookContext } from './look.ts';
import { BottomLine } from './parts/bottom-line.tsx';
import { FormBox } from './parts/form-box.tsx';
import { Header } from './parts/header.tsx';
import { Hints } from './parts/hints.tsx';
import { QuestionBox } from './parts/question.tsx';
import { Tabs } from './parts/tabs.tsx';
import { screenOf } from './registry.ts';
import { ServicesContext, useVersion } from './services.ts';

/** Smaller windows show one line that asks for more. */
export const smallestWindow = { columns: 40, rows: 10 } as const;

// Header, tabs, bottom line and hints.
const chrome = 4;

/** The whole dashboard: takes every key, and fills the window exactly. */
export function App({ controller }: { readonly controller: Controller }): ReactNode {
  const { columns, rows } = useWindowSize();
  const [unmarked] = useState(() => new UnmarkedPaste());
  useInput((input, key) => {
    if (unmarked.isPasted(input)) {
      controller.paste(input);
      return;
    }
    for (const name of keyNames(input, key)) controller.press(name);
  });
  usePaste((text) => controller.paste(text));
  const look = useStore(controller.services.look);
  if (columns < smallestWindow.columns || rows < smallestWindow.rows) {
    return (
      <Text wrap="truncate">
        Needs {smallestWindow.columns}x{smallestWindow.rows}, has {columns}x{rows}
      </Text>
    );
  }
  return (
    <ServicesContext value={controller.services}>
      <LookContext value={look}>
        <Dashboard controller={controller} columns={columns} rows={rows} />
      </LookContext>
    </ServicesContext>
  );
}

interface DashboardProps {
  readonly controller: Controller;
  readonly columns: number;
  readonly rows: number;
}

function Dashboard({ controller, columns, rows }: DashboardProps): ReactNode {
  const { stores, views } = controller.services;
  const stack = useStore(stores.ui.state, (state) => state.stack);
  const overlay = useStore(controller.overlay, (state) => state.overlay);
  // The hints dim with what is selected, so they follow every table.
  useVersion(views.connectors);
  useVersion(views.users);
  useVersion(views.collectors);
  useVersion(views.events);
  useVersion(views.alerts);
  useVersion(views.devices);
  useVersion(views.cas);
  useVersion(views.fortigates);
  useVersion(stores.gates);
  useVersion(views.components);
  useVersion(views.entries);
  useVersion(views.history);
  const place = stack.at(-1);
  if (!place) return null;
  const body = rows - chrome;
  const Screen = screenOf(place.screen).component;
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Header width={columns} />
      <Tabs stack={stack} width={columns} />
      <Box flexDirection="column" height={body} flexShrink={0} overflow="hidden">
        {overlay?.kind === 'help' ? (
          <HelpScreen
            cursor={overlay.cursor}
            situation={controller.controls.situation}
            width={columns}
            height={body}
          />
        ) : overlay?.kind === 'question' ? (
          <QuestionBox question={overlay.question} width={columns} height={body} />
        ) : overlay?.kind === 'form' ? (
          <FormBox overlay={overlay} width={columns} height={body} />
        ) : (
          <Screen place={place} columns={columns} rows={body} />
        )}
      </Box>
      <BottomLine controller={controller} width={columns} />
      <Hints controller={controller} width={columns} />
    </Box>
  );
}
