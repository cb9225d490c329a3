import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { emsProfile } from '../../ems/profile.ts';
import type { LabTable } from './inventory.ts';

/** The notifier of the lab's EMS: says over WebSockets which tables changed (docs/protocol/ems.md, Notifications). */
export class LabNotifier {
  readonly #server: WebSocketServer;
  readonly #sockets = new Map<WebSocket, string>();

  private constructor(server: WebSocketServer) {
    this.#server = server;
  }

  static async create(): Promise<LabNotifier> {
    const { WebSocketServer } = await import('ws');
    const { longestMessage } = emsProfile.websocket;
    return new LabNotifier(
      new WebSocketServer({ noServer: true, maxPayload: longestMessage, clientTracking: false }),
    );
  }

  get path(): string {
    return emsProfile.websocket.path;
  }

  /** Devices that listen. */
  get listeners(): readonly string[] {
    return [...this.#sockets.values()];
  }

  /** Takes over the connection of a device that may listen. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, serial: string): void {
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      this.#sockets.set(opened, serial);
      // It hangs up as it pleases; that it did is all there is to know.
      opened.on('error', () => undefined);
      opened.on('close', () => this.#sockets.delete(opened));
    });
  }

  notify(tables: readonly LabTable[]): void {
    const { notification } = emsProfile.fields;
    const message = JSON.stringify({
      [notification.type]: emsProfile.websocket.notify,
      [notification.tables]: tables,
    });
    for (const socket of this.#sockets.keys()) socket.send(message);
  }

  /** Ends every connection, as a restart of the notifier does. */
  drop(code: number, reason: string): void {
    for (const socket of this.#sockets.keys()) socket.close(code, reason);
  }

  stop(): void {
    for (const socket of this.#sockets.keys()) socket.terminate();
    this.#server.close();
  }
}
