import { createStore, type StoreApi } from 'zustand/vanilla';
import { linkOf } from '../message-trace.ts';
import { completeQuery } from '../query/complete.ts';
import { safeText } from '../safe-text.ts';
import { connectorForm, removalForm } from './connectors/connector-forms.ts';
import { certificateControls } from './controller/certificates.ts';
import { copyControls } from './controller/copying.ts';
import { CurrentTable } from './controller/current-table.ts';
import { exportView } from './controller/export-view.ts';
import { movementControls } from './controller/movement.ts';
import { orderControls } from './controller/order.ts';
import { pointAt } from './controller/pointer.ts';
import { situationOf, stepsOf } from './controller/situation.ts';
import type { Offers } from './input/command-line.ts';
import { isNamed } from './input/command-line.ts';
import type { Controls, Question, ScreenId } from './input/controls.ts';
import { pressKey, runBinding } from './input/dispatch.ts';
import { type FormOverlay, openForm } from './input/form.ts';
import type { KeyTable } from './input/key-table.ts';
import type { MouseEvent } from './input/mouse.ts';
import {
  type Overlay,
  type OverlayContext,
  type OverlayStep,
  openCommand,
  openFilter,
  openHelp,
  pasteIntoOverlay,
  pressInOverlay,
} from './input/overlay.ts';
import { createNotices, type Notice, type Notices } from './notice.ts';
import { screenOf, tableOf, tabs } from './registry.ts';
import type { Services } from './services.ts';

// Lines after `:` that Up recalls.
const longestHistory = 50;

/** Joins keys and screens: what the bindings act on, and what lies over the screen. One per app. */
export interface Controller {
  readonly services: Services;
  readonly controls: Controls;
  readonly overlay: StoreApi<{ overlay: Overlay | null }>;
  readonly notices: Notices;
  /** What completion offers now. */
  readonly offers: Offers;
  /** One key, by its name in `keymap.ts`. */
  press(key: string): void;
  /** What the mouse did. */
  point(event: MouseEvent): void;
  /** Pasted text. */
  paste(text: string): void;
  close(): void;
}

export function createController(services: Services): Controller {
  const { stores, actions, terminal } = services;
  const { ui, toasts } = stores;
  const overlay = createStore<{ overlay: Overlay | null }>(() => ({ overlay: null }));
  const notices = createNotices(services.clock);
  const { window } = services;
  let history: readonly string[] = [];
  let watched: string | null = null;
  const keys = (): KeyTable => services.look.getState().keys;
  const table = new CurrentTable(services);
  const tell = (text: string): void => notices.show({ kind: 'idle', text });

  // A view has one order and filter; the screen on top says which.
  function syncView(): void {
    const { screen, sort, filter, subject } = ui.current;
    if (screen === 'history' && subject !== null) services.history.load(subject);
    if (screen === 'why' && subject !== null) services.why.load(subject);
    else services.why.forget();
    watchMessages(screen === 'inspector' ? subject : screen === 'message' ? linkOf(subject ?? '') : null);
    if (screen === 'fortigate' && subject !== null) services.gate.load(subject);
    else services.gate.forget();
    const { shown } = table;
    if (shown === null) return;
    const { view } = shown;
    const wanted = sort ?? shown.table.sort;
    if (view.sort.column !== wanted.column || view.sort.direction !== wanted.direction) {
      view.setSort(wanted.column, wanted.direction);
    }
    if (view.filter !== filter) view.setFilter(filter);
  }

  /** The messages of one link are decoded, and only while somebody looks. */
  function watchMessages(link: string | null): void {
    if (link === watched) return;
    watched = link;
    services.inspection?.watch(link);
    services.flushNow();
  }

  const controls: Controls = {
    get situation() {
      return situationOf(services, table);
    },
    actions,
    replay: services.replay ?? null,
    ...movementControls(services, table, () => stepsOf(controls.situation)),
    ...orderControls(services, table, tell),
    ...copyControls(services, table, tell),
    ...certificateControls(services, overlay, () => controls),
    show(screen, target, filter) {
      if (screenOf(screen).hasTab && filter === undefined && target === undefined) ui.go(screen);
      else ui.open(screen, target ?? null);
      if (filter !== undefined) controls.setFilter(filter);
    },
    nextTab(by) {
      const root = ui.state.getState().stack[0]?.screen;
      const place = tabs.findIndex((tab) => tab.id === root);
      const next = tabs[(place + by + tabs.length) % tabs.length];
      if (next) ui.go(next.id);
    },
    back() {
      if (ui.current.filter !== '') ui.update({ filter: '' });
      ui.back();
    },
    lastScreen: () => void ui.swap(),
    openHelp(topic) {
      const { screen } = ui.current;
      if (topic === 'filter' || topic === 'filters') {
        controls.show('filter-help', tableOf(screen) === null ? 'users' : screen);
        return;
      }
      const found = topic === undefined ? 0 : keys().bindings.findIndex((each) => isNamed(each, topic));
      if (found >= 0) overlay.setState({ overlay: openHelp(found) });
      else tell(`There is no help about "${topic}": name a command, or filter`);
    },
    openCommandBar: (line) => overlay.setState({ overlay: openCommand(line) }),
    openFilter: () => overlay.setState({ overlay: openFilter(ui.current.filter) }),
    toggleCards: () => ui.update({ cards: !ui.current.cards, offset: 0 }),
    toggleFreeze() {
      const frozen = !ui.state.getState().frozen;
      ui.setFrozen(frozen);
      services.freeze(frozen);
    },
    exportView: (file) => exportView(services, table, controls, file),
    ask: (question: Question) => overlay.setState({ overlay: { kind: 'question', question } }),
    tell,
    act(doing, action) {
      const busy: Notice = { kind: 'busy', text: doing };
      notices.show(busy);
      action()
        .then((result) => {
          if (result === null) return;
          if (result.ok) toasts.push('info', result.message);
          else toasts.push('error', result.problem.message);
        })
        .catch((error: unknown) => {
          toasts.push('error', `${doing}: ${error instanceof Error ? error.message : String(error)}`);
        })
        .finally(() => {
          notices.clear(busy);
          services.flushNow();
        });
    },
    editConnector(connector) {
      controls.act('Reading the configuration', async () => {
        const offer = await actions.openConnectorForm(connector);
        if (!offer.ok) return offer;
        overlay.setState({ overlay: openForm(connectorForm(offer.form, actions)) });
        return null;
      });
    },
    askWhy: () => services.why.load(ui.current.subject ?? '', true),
    askPolicies: () => services.gate.load(ui.current.subject ?? '', true),
    askHistory: () => services.history.load(ui.current.subject ?? '', true),
    askRemoval: (connector) => overlay.setState({ overlay: openForm(removalForm(connector, actions)) }),
    chooseSkin(name) {
      controls.act(`Changing to the skin ${name}`, async () => {
        const why = await services.chooseSkin(name);
        if (why === null) return { ok: true, message: `The skin is ${safeText(name)}` };
        return { ok: false, problem: { stage: 'skin', code: null, message: why, cause: '', fix: [] } };
      });
    },
    record(file, redactNames) {
      const { recording } = services;
      if (!recording) controls.tell('Nothing can be recorded here');
      else if (file === null) controls.act('Ending the recording', () => recording.end());
      else controls.act(`Recording to ${file}`, () => recording.record(file, redactNames));
    },
    repaint: terminal.repaint,
    suspend: terminal.suspend,
    quit: () => terminal.quit(0),
  };

  function offers(): Offers {
    return {
      connectors: [...stores.connectors.values()].map((row) => row.name),
      columns: (table.shown?.table.columns ?? []).map((column) => column.id),
      paths: services.completePath,
      filters(typed) {
        const { shown } = table;
        if (!shown) return [];
        const { view } = shown;
        return completeQuery(typed, view.fields, view.values(), services.clock.now());
      },
    };
  }

  function take(step: OverlayStep): void {
    let next = step.overlay;
    if (step.filter !== undefined) {
      const error = table.shown?.view.setFilter(step.filter);
      if (!error) ui.update({ filter: step.filter, offset: 0 });
      if (next?.kind === 'filter') next = { ...next, problem: error ?? null };
    }
    if (step.entered !== undefined) {
      history = [step.entered, ...history.filter((line) => line !== step.entered)].slice(0, longestHistory);
    }
    overlay.setState({ overlay: next });
    if (step.told !== undefined) tell(step.told);
    if (step.run) runBinding(step.run.binding, controls, step.run);
    step.answered?.action();
    if (step.submitted) submit(step.submitted);
  }

  /** The form closes when it worked, and else says why it did not. */
  function submit(sent: FormOverlay): void {
    const { form, values } = sent;
    controls.act(form.title, async () => {
      const result = await form.submit(values);
      const { overlay: open } = overlay.getState();
      if (open?.kind !== 'form' || open.form !== form) return result;
      const refused = result.ok ? null : result.problem.message;
      overlay.setState({ overlay: result.ok ? null : { ...open, submitting: false, refused } });
      return result;
    });
  }

  const stop = ui.state.subscribe(syncView);
  syncView();
  return {
    services,
    controls,
    overlay,
    notices,
    get offers() {
      return offers();
    },
    press(key) {
      toasts.keyPressed();
      notices.clear();
      const { overlay: open } = overlay.getState();
      if (open === null) {
        pressKey(key, controls, keys());
      } else if (keys().bindingOf(key, ui.current.screen as ScreenId)?.always) {
        pressKey(key, controls, keys(), true);
      } else {
        const context: OverlayContext = { offers: offers(), history, height: window.height, keys: keys() };
        take(pressInOverlay(open, key, context));
      }
    },
    point(event) {
      toasts.keyPressed();
      const { overlay: open } = overlay.getState();
      if (open === null) pointAt(event, services, table, controls);
      // A click answers no question: only the wheel moves through what lies over the screen.
      else if (open.kind === 'help' && event.kind !== 'press') {
        const key = event.kind === 'wheel-up' ? 'up' : 'down';
        for (let line = 0; line < 3; line += 1) this.press(key);
      }
    },
    paste(text) {
      const { overlay: open } = overlay.getState();
      if (open !== null) take(pasteIntoOverlay(open, text));
      else tell('Pasted text is taken after / and : only');
    },
    close() {
      stop();
      notices.clear();
    },
  };
}
