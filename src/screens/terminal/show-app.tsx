import { render, useApp } from 'ink';
import { type ReactElement, useLayoutEffect } from 'react';
import type { StoreApi } from 'zustand/vanilla';
import type { Clock } from '../../clock.ts';
import type { MessageInspection } from '../../message-trace.ts';
import type { RecordingControl } from '../../recording-control.ts';
import type { Replay } from '../../replay.ts';
import type { Actions } from '../../state/actions.ts';
import { startFlushClock } from '../../state/flush-clock.ts';
import type { Stores } from '../../state/stores.ts';
import { createApp } from '../create-app.ts';
import type { Look } from '../look.ts';
import type { Configured } from '../services.ts';
import { completePath } from './complete-path.ts';
import { watchMouse } from './mouse-input.ts';
import { openOutput } from './output.ts';
import { writeExport } from './write-export.ts';

/** What the dashboard in a real terminal needs. */
export interface ShowOptions {
  readonly stores: Stores;
  readonly actions: Actions;
  readonly clock: Clock;
  /** How it looks and which keys it takes; may be changed meanwhile. */
  readonly look: StoreApi<Look>;
  readonly configured: Configured;
  /** Another skin; why not, else null. */
  chooseSkin(name: string): Promise<string | null>;
  readonly banner: string;
  /** A recording that is played in place of live peers. */
  readonly replay?: Replay | null;
  /** The recording of what peers send; null where a recording is played. */
  readonly recording?: RecordingControl | null;
  /** What passes over the links. */
  readonly inspection?: MessageInspection | null;
  /** Whether peers may be changed: started with `--write`. */
  readonly write: boolean;
  /** Called once, behind the first frame. */
  painted(): void;
  /** Times a second that data may be painted, 1 to 12. Keys are painted at once. */
  readonly fps: number;
}

/** Exit statuses beyond those of the one-shot commands: 128 and the number of the signal. */
const signalStatus = { SIGHUP: 129, SIGTERM: 143, SIGINT: 0 } as const;

// What the terminal may take to accept the last bytes, those that restore it.
const longestGoodbyeMs = 1_000;

type InkApp = ReturnType<typeof useApp>;

/**
 * Shows the dashboard until it is left, and gives the terminal back as it was.
 * @returns the exit status: 0 by a key, 143 and 129 by TERM and HUP
 * @throws what was thrown anywhere in the program meanwhile, after the terminal is itself again
 */
export async function showApp(options: ShowOptions): Promise<number> {
  const { stores, clock, fps } = options;
  const ended = Promise.withResolvers<number>();
  // The terminal went away, with or without a signal.
  const onHangUp = (): void => ended.resolve(signalStatus.SIGHUP);
  const output = openOutput(process.stdout, onHangUp);
  let suspended = false;
  let ending = false;
  let ink: InkApp | null = null;

  const flushClock = startFlushClock({
    stores,
    clock,
    perSecond: fps,
    behind: () => suspended || output.isBehind(),
  });

  const followMouse = (): void => {
    if (!suspended) output.mouse(options.look.getState().mouse);
  };

  /** Lends the terminal while `meanwhile` runs; Ink paints everything when it comes back. */
  async function lend(meanwhile: () => Promise<void>): Promise<void> {
    if (suspended || ink === null) return;
    suspended = true;
    output.mouse(false);
    try {
      await ink.suspendTerminal(async () => {
        await meanwhile();
        output.toFirstColumn();
      });
    } finally {
      suspended = false;
      if (!ending) followMouse();
    }
  }

  const fail = (error: unknown): void => ended.reject(error);
  const repaint = (): void => void lend(async () => {}).catch(fail);
  const suspend = (): void => {
    void lend(async () => {
      output.block(true);
      await stopUntilContinued();
      output.block(false);
    }).catch(fail);
  };

  const endSignals = stores.toasts.onSignal((signal, text) => {
    if (!suspended) output.signal(signal, text);
  });
  const app = createApp({
    ...options,
    terminal: {
      quit: ended.resolve,
      copy: output.copy,
      repaint,
      suspend,
    },
    completePath,
    writeExport,
    freeze: flushClock.freeze,
    flushNow: flushClock.flushNow,
  });

  const handlers: [event: string, handler: (error: unknown) => void][] = [
    ['SIGCONT', () => repaint()],
    ['uncaughtException', fail],
    ['unhandledRejection', fail],
  ];
  for (const [event, handler] of handlers) process.on(event, handler);
  // These stay: a second signal must not cut off what the caller still has to stop and to remove.
  for (const [signal, status] of Object.entries(signalStatus)) {
    process.on(signal, () => ended.resolve(status));
  }
  process.stdin.on('end', onHangUp).on('error', onHangUp);

  const endPointing = watchMouse(process.stdin, (event) => {
    if (options.look.getState().mouse) app.controller.point(event);
  });
  const onReady = (ready: InkApp): void => {
    ink = ready;
  };
  let isPainted = false;
  const onRender = (): void => {
    if (isPainted) return;
    isPainted = true;
    clock.after(0, options.painted);
  };
  output.toFirstColumn();
  const instance = render(<Root element={app.element} onReady={onReady} />, {
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    // A key that is pressed right behind a frame waits for the next one, 8 ms at this rate.
    maxFps: 120,
    onRender,
  });
  instance.waitUntilExit().catch(fail);
  followMouse();
  const endMouse = options.look.subscribe(followMouse);
  try {
    return await ended.promise;
  } finally {
    ending = true;
    endMouse();
    endPointing();
    output.mouse(false);
    flushClock.stop();
    endSignals();
    instance.unmount();
    // A terminal that takes nothing any more, as over a stalled SSH connection, must not keep the program alive.
    const late = Promise.withResolvers<void>();
    const patience = clock.after(longestGoodbyeMs, late.resolve);
    const restored = instance.waitUntilExit().catch(() => {});
    await Promise.race([restored.then(() => output.block(true)), late.promise.then(output.abandon)]);
    patience.cancel();
    app.close();
    stores.toasts.clear();
    process.stdin.off('end', onHangUp).off('error', onHangUp);
    for (const [event, handler] of handlers) process.off(event, handler);
    output.close();
  }
}

function Root(props: { element: ReactElement; onReady: (app: InkApp) => void }): ReactElement {
  const { element, onReady } = props;
  const app = useApp();
  useLayoutEffect(() => onReady(app), [app, onReady]);
  return element;
}

/** Stops the whole job, as Ctrl+Z does in a program without raw mode. */
function stopUntilContinued(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGCONT', () => resolve());
    process.kill(0, 'SIGSTOP');
  });
}
