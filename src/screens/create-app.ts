import { createElement, type ReactElement } from 'react';
import { App } from './app.tsx';
import { type Controller, createController } from './controller.ts';
import { createGateLoader } from './fortigate/loader.ts';
import { createHistoryLoader } from './history/loader.ts';
import { screenOf } from './registry.ts';
import type { Services } from './services.ts';
import { createViews } from './views.ts';
import { createWhyLoader } from './why/loader.ts';

/** The dashboard as an element for Ink, and what drives it without a keyboard. */
export interface CreatedApp {
  readonly element: ReactElement;
  readonly controller: Controller;
  /** Lets go of the stores. */
  close(): void;
}

/** Puts the screens together: everything that they touch is given. */
export function createApp(
  given: Omit<Services, 'views' | 'window' | 'history' | 'why' | 'gate' | 'fieldsOf'>,
): CreatedApp {
  const views = createViews(given.stores, given.clock);
  const history = createHistoryLoader(given.stores, given.actions, given.flushNow);
  const why = createWhyLoader(given.actions);
  const gate = createGateLoader(given.actions, given.flushNow);
  const window = { height: 10, lines: 0, columns: 80 };
  const fieldsOf: Services['fieldsOf'] = (screen) => {
    const { title, table } = screenOf(screen);
    return { title, fields: table?.view(views).fields ?? {} };
  };
  const services: Services = {
    fieldsOf,
    ...given,
    views,
    history,
    why,
    gate,
    window,
  };
  const controller = createController(services);
  return {
    element: createElement(App, { controller }),
    controller,
    close() {
      controller.close();
      for (const view of Object.values(views)) view.close();
    },
  };
}
