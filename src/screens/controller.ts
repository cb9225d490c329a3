import { createStore, type StoreApi } from 'zustand/vanilla';
import { completeQuery } from '../query/complete.ts';
import { safeText } from '../safe-text.ts';
import { chainsTo } from '../state/ca-chains.ts';
import type { CollectorRow } from '../state/changes.ts';
import type { ScreenView } from '../state/ui.ts';
import type { View } from '../state/view.ts';
import { follow, move, moveTo } from '../state/window.ts';
import { askAcceptance, whyNotAccepted } from './certificate/acceptance.ts';
import { type ImportQuestion, importQuestions } from './certificate/import-question.ts';
import { connectorForm, removalForm } from './connectors/connector-forms.ts';
import { exportText, formatOf } from './export/export-text.ts';
import type { Offers } from './input/command-line.ts';
import type { Controls, Question, ScreenId, Situation } from './input/controls.ts';
import { pressKey, runBinding } from './input/dispatch.ts';
import { type FormOverlay, openForm } from './input/form.ts';
import type { KeyTable } from './input/key-table.ts';
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
import { asciiJson } from './parts/ascii-json.ts';
import type { Column } from './parts/columns.ts';
import { fitColumns } from './parts/columns.ts';
import { tableWidth } from './parts/data-table-size.ts';
import { type AnyTable, screenOf, tableOf, tabs } from './registry.ts';
import type { Services } from './services.ts';
import { count } from './text/format.ts';

// Lines after `:` that Up recalls.
const longestHistory = 50;

/** Our own FSSO connectors: those of FortiGates obey only these. */
function fssoNames(rows: readonly CollectorRow[]): string[] {
  return [...new Set(rows.filter((row) => row.reported === undefined).map((row) => row.connector))];
}

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
  /** Pasted text. */
  paste(text: string): void;
  close(): void;
}

export function createController(services: Services): Controller {
  const { stores, views, actions, terminal } = services;
  const { ui, toasts } = stores;
  const overlay = createStore<{ overlay: Overlay | null }>(() => ({ overlay: null }));
  const notices = createNotices(services.clock);
  const { window } = services;
  let history: readonly string[] = [];
  const keys = (): KeyTable => services.look.getState().keys;

  // A view has one order and filter; the screen on top says which.
  function syncView(): void {
    const { screen, sort, filter, subject } = ui.current;
    if (screen === 'history' && subject !== null) services.history.load(subject);
    if (screen === 'why' && subject !== null) services.why.load(subject);
    else services.why.forget();
    const table = tableOf(screen);
    if (table === null) return;
    const view = table.view(views);
    const wanted = sort ?? table.sort;
    if (view.sort.column !== wanted.column || view.sort.direction !== wanted.direction) {
      view.setSort(wanted.column, wanted.direction);
    }
    if (view.filter !== filter) view.setFilter(filter);
  }

  function currentTable(): { table: AnyTable; view: View<{ readonly id: string }> } | null {
    const table = tableOf(ui.current.screen);
    return table === null ? null : { table, view: table.view(views) };
  }

  function selected(current: ScreenView): { readonly id: string } | null {
    const shown = currentTable();
    if (shown === null) return null;
    const place = follow(shown.view, current, window.height);
    return shown.view.at(place.index) ?? null;
  }

  function situation(): Situation {
    const { current } = ui;
    const { stack, last, frozen } = ui.state.getState();
    const screen = current.screen as ScreenId;
    const id = selected(current)?.id ?? current.subject ?? '';
    const connector =
      screen === 'connectors' || screen === 'connector' || screen === 'certificate'
        ? (stores.connectors.get(id) ?? null)
        : null;
    const ca = screen === 'cas' ? (stores.cas.get(id) ?? null) : null;
    return {
      screen,
      connector,
      ca,
      caChains: ca ? chainsTo(ca, stores.connectors.values()) : [],
      connectors: [...stores.connectors.values()].map((row) => row.name),
      certificate: screen === 'certificate' ? (connector?.chain[current.index] ?? null) : null,
      fssoConnectors: fssoNames([...stores.collectors.values()]),
      collector: screen === 'collectors' || screen === 'link' ? (stores.collectors.get(id) ?? null) : null,
      logon: screen === 'users' || screen === 'logon' ? (stores.logons.get(id) ?? null) : null,
      alert: screen === 'alerts' ? (stores.alerts.get(id) ?? null) : null,
      event: screen === 'events' ? (stores.events.get(id) ?? null) : null,
      admins: [...stores.admins.values()].map((row) => row.id),
      device: screen === 'devices' ? (stores.devices.get(id) ?? null) : null,
      fortigate: screen === 'fortigates' ? (stores.fortigates.get(id) ?? null) : null,
      history: screen === 'history' ? (stores.history.get(id) ?? null) : null,
      subject: current.subject,
      write: services.write,
      replay: Boolean(services.replay),
      matched: currentTable()?.view.matched ?? 0,
      filter: current.filter,
      frozen,
      depth: stack.length - 1,
      hasLast: last !== null,
      whyFixed: services.configured.whyFixed ?? null,
      keyOf: keys().keyOf,
    };
  }

  function scroll(to: number): void {
    ui.update({ offset: Math.max(0, Math.min(to, window.lines - window.height)) });
  }

  function setSort(column: string, direction: 'up' | 'down'): void {
    ui.update({ sort: { column, direction } });
  }

  function sortByColumn(column: Column<never> | undefined): void {
    const shown = currentTable();
    if (!shown || !column) {
      controls.tell('There is no such column on the screen');
      return;
    }
    const { sort } = shown.view;
    const again = sort.column === column.id && sort.direction === 'up';
    setSort(column.id, again ? 'down' : 'up');
  }

  function shownColumns(): readonly Column<never>[] {
    const table = currentTable()?.table;
    if (!table) return [];
    return fitColumns(table.columns, tableWidth(window.columns)).map((each) => each.column);
  }

  function copy(what: string, text: string): void {
    if (terminal.copy(text)) toasts.push('info', `Copied ${what}`);
    else controls.tell('It is too long for the clipboard of a terminal');
  }

  const controls: Controls = {
    get situation() {
      return situation();
    },
    actions,
    replay: services.replay ?? null,
    move(by) {
      const shown = currentTable();
      if (shown) ui.update(move(shown.view, ui.current, by, window.height));
      else scroll(ui.current.offset + by);
    },
    page: (by) => controls.move(by * Math.max(1, window.height - 1)),
    first: () => ui.update(currentTable() ? { cursor: null, index: 0, offset: 0 } : { offset: 0 }),
    last() {
      const shown = currentTable();
      if (shown) ui.update(moveTo(shown.view, ui.current, Number.POSITIVE_INFINITY, window.height));
      else scroll(window.lines);
    },
    step(by) {
      const length = situation().connector?.chain.length ?? 0;
      const index = Math.max(0, Math.min(length - 1, ui.current.index + by));
      ui.update({ index, offset: 0 });
    },
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
    openHelp: () => overlay.setState({ overlay: openHelp() }),
    openCommandBar: (line) => overlay.setState({ overlay: openCommand(line) }),
    openFilter: () => overlay.setState({ overlay: openFilter(ui.current.filter) }),
    setFilter(text) {
      const shown = currentTable();
      if (!shown) return;
      const error = shown.view.setFilter(text);
      if (error) controls.tell(error.message);
      else ui.update({ filter: text, offset: 0 });
    },
    clearFilter: () => ui.update({ filter: '' }),
    toggleCards: () => ui.update({ cards: !ui.current.cards, offset: 0 }),
    moveSort(by) {
      const columns = shownColumns();
      const column = currentTable()?.view.sort.column;
      const place = columns.findIndex((each) => each.id === column);
      const next = columns[Math.max(0, Math.min(columns.length - 1, place + by))];
      if (next && next.id !== column) setSort(next.id, 'up');
      else controls.tell(by < 0 ? 'This is the first column' : 'This is the last column on the screen');
    },
    flipSort() {
      const sort = currentTable()?.view.sort;
      if (sort) setSort(sort.column, sort.direction === 'up' ? 'down' : 'up');
    },
    sortBy(place) {
      if (place === 0) ui.update({ sort: null });
      else sortByColumn(shownColumns()[place - 1]);
    },
    sortByName(name) {
      const columns = currentTable()?.table.columns ?? [];
      const wanted = name.toLowerCase();
      sortByColumn(columns.find((each) => each.id === wanted || each.title.toLowerCase() === wanted));
    },
    toggleFreeze() {
      const frozen = !ui.state.getState().frozen;
      ui.setFrozen(frozen);
      services.freeze(frozen);
    },
    copyCell() {
      const shown = currentTable();
      const row = selected(ui.current);
      const column = shown?.table.columns.find((each) => each.id === shown.view.sort.column);
      if (!row || !column) return;
      const text = safeText(column.text(row as never, stores.time.getState().now));
      copy(`${column.title}: ${text}`, text);
    },
    copyRow() {
      const row = selected(ui.current);
      if (row) copy('the row as JSON', asciiJson(row));
    },
    exportView: (file) => exportView(file, false),
    ask: (question: Question) => overlay.setState({ overlay: { kind: 'question', question } }),
    tell: (text) => notices.show({ kind: 'idle', text }),
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
    verify(name) {
      controls.act(`Fetching the certificate of ${name}`, async () => {
        const result = await actions.refreshConnector(name);
        services.flushNow();
        const row = stores.connectors.get(name);
        // FortiOS's own words.
        if (row?.state === 'connected') return { ok: true, message: 'EMS already verified.' };
        if (!row || whyNotAccepted(row, keys().keyOf) !== undefined) return result;
        // Whoever has gone on to type something meanwhile is not interrupted.
        if (overlay.getState().overlay !== null)
          return { ok: true, message: `The certificate of ${name} waits to be accepted` };
        controls.show('certificate', name);
        askAcceptance(controls, row);
        return null;
      });
    },
    askImport(file) {
      controls.act(`Reading ${file}`, async () => {
        const offer = await actions.readCaFile(file);
        if (!offer.ok) return offer;
        const questions = importQuestions(file, offer.candidates, services.clock.now());
        if (typeof questions === 'string') return { ok: true, message: questions };
        askEach(questions);
        return null;
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
    askHistory: () => services.history.load(ui.current.subject ?? '', true),
    askRemoval: (connector) => overlay.setState({ overlay: openForm(removalForm(connector, actions)) }),
    chooseSkin(name) {
      controls.act(`Changing to the skin ${name}`, async () => {
        const why = await services.chooseSkin(name);
        if (why === null) return { ok: true, message: `The skin is ${safeText(name)}` };
        return { ok: false, problem: { stage: 'skin', code: null, message: why, cause: '', fix: [] } };
      });
    },
    repaint: terminal.repaint,
    suspend: terminal.suspend,
    quit: () => terminal.quit(0),
  };

  function exportView(file: string, replace: boolean): void {
    const shown = currentTable();
    if (!shown) return;
    const format = formatOf(file);
    if (format === null) {
      controls.tell('Name a file that ends in .csv or .json');
      return;
    }
    const { view } = shown;
    const { title } = screenOf(ui.current.screen);
    // As they are now, whatever comes while they are written.
    const rows = [...view.values()];
    const exported = {
      table: title,
      filter: view.filter,
      fields: view.fields,
      rows,
      now: services.clock.now(),
    };
    controls.act(`Exporting ${file}`, async () => {
      const outcome = await services.writeExport(file, exportText(exported, format), replace);
      const path = safeText(outcome.path);
      if (outcome.kind === 'exists') {
        controls.ask({
          title: `Replace ${file}?`,
          lines: [['File', outcome.path], '', 'The file is there already; what it holds is lost.'],
          yes: 'Replace',
          action: () => exportView(file, true),
        });
        return null;
      }
      if (outcome.kind === 'written') {
        return {
          ok: true,
          message: `${count(rows.length)} ${rows.length === 1 ? 'row' : 'rows'} written to ${path}`,
        };
      }
      const { reason } = outcome;
      const message = `${path} was not written: ${reason}`;
      return { ok: false, problem: { stage: 'export', code: null, message, cause: '', fix: [] } };
    });
  }

  /** One question after the other; a no leaves out the rest. */
  function askEach([question, ...more]: readonly ImportQuestion[]): void {
    if (!question) return;
    const action = (): void =>
      controls.act('Installing a CA certificate', async () => {
        const result = await actions.importCa([question.certificate.der]);
        if (result.ok) askEach(more);
        return result;
      });
    controls.ask({ ...question, action });
  }

  function offers(): Offers {
    return {
      connectors: [...stores.connectors.values()].map((row) => row.name),
      columns: (currentTable()?.table.columns ?? []).map((column) => column.id),
      paths: services.completePath,
      filters(typed) {
        const shown = currentTable();
        if (!shown) return [];
        const { view } = shown;
        return completeQuery(typed, view.fields, view.values(), services.clock.now());
      },
    };
  }

  function take(step: OverlayStep): void {
    let next = step.overlay;
    if (step.filter !== undefined) {
      const error = currentTable()?.view.setFilter(step.filter);
      if (!error) ui.update({ filter: step.filter, offset: 0 });
      if (next?.kind === 'filter') next = { ...next, problem: error ?? null };
    }
    if (step.entered !== undefined) {
      history = [step.entered, ...history.filter((line) => line !== step.entered)].slice(0, longestHistory);
    }
    overlay.setState({ overlay: next });
    if (step.told !== undefined) controls.tell(step.told);
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
    paste(text) {
      const { overlay: open } = overlay.getState();
      if (open !== null) take(pasteIntoOverlay(open, text));
      else controls.tell('Pasted text is taken after / and : only');
    },
    close() {
      stop();
      notices.clear();
    },
  };
}
