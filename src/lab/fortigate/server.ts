import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../clock.ts';
import type { Authority, Identity } from '../authority.ts';
import type { LabAnswer, LabPanel } from './call.ts';
import type { LabFortigateConnector } from './ems-link.ts';
import { LabEmsPanel } from './ems-panel.ts';
import type { LabFssoOptions } from './fsso-entry.ts';
import { type LabCluster, labSystem } from './system-panel.ts';
import { answerInTrouble, type LabTrouble } from './troubles.ts';
import { type LabObjects, LabUsers } from './user-panel.ts';

export type { LabFortigateConnector } from './ems-link.ts';

/** Parts of the API that the profile of an API administrator allows or not, under FortiOS's names. */
export type LabAccessGroup = 'utmgrp' | 'authgrp' | 'fwgrp' | 'vpngrp' | 'sysgrp';
export type LabAccess = 'none' | 'read' | 'read-write';

export interface LabFortigateOptions {
  readonly serial: string;
  readonly hostName: string;
  /** Signs the certificate of its HTTPS interface. */
  readonly authority: Authority;
  /** Its factory certificate, which EMS knows it by. */
  readonly identity: Identity;
  /** Of an API administrator. */
  readonly token: string;
  /** What the profile of that administrator allows, and where it differs in a part. */
  readonly access?: LabAccess;
  readonly accessOf?: Partial<Record<LabAccessGroup, LabAccess>>;
  /** The VDOM that the token is held to; it may see all where none is given. */
  readonly tokenVdom?: string;
  /** Installed CAs, PEM. */
  readonly cas: readonly string[];
  readonly connectors: readonly LabFortigateConnector[];
  readonly vdoms?: readonly string[];
  readonly fsso?: readonly LabFssoOptions[];
  /** By VDOM. */
  readonly objects?: Readonly<Record<string, LabObjects>>;
  /** 7.0 has no numbers of entries, no summary, no query of devices and no pages, and wants the name of a connector. */
  readonly release?: keyof typeof versions;
  /** It stands alone where none is given. */
  readonly cluster?: LabCluster;
}

const versions = {
  '7.0': ['v7.0.5', 304],
  '7.2': ['v7.2.10', 1706],
  '7.4': ['v7.4.8', 2795],
  '7.6': ['v7.6.4', 3596],
} as const;
const longestBody = 1_048_576;
const profileName = 'fabrictop_readers';

/**
 * The REST API of a FortiGate on loopback, as far as its panels of EMS connectors and of users go (docs/protocol/ems.md and
 * fsso.md, REST). It is a client of real servers itself: what it tells is what these tell it.
 */
export class LabFortigate {
  readonly options: LabFortigateOptions;
  /** Of its HTTPS interface, PEM. */
  readonly certificate: string;
  readonly cas: string[];
  readonly users: LabUsers;
  /** What goes wrong now, by the name of the API (`user/firewall`). */
  readonly troubles = new Map<string, LabTrouble>();
  readonly #ems: LabEmsPanel;
  readonly #system: LabPanel;
  readonly #server: Server;

  private constructor(options: LabFortigateOptions, own: Identity) {
    this.options = options;
    this.certificate = own.certificate;
    this.cas = [...options.cas];
    const {
      release = '7.4',
      connectors,
      identity,
      serial,
      hostName,
      fsso = [],
      objects = {},
      cluster = null,
    } = options;
    this.#ems = new LabEmsPanel({ connectors, identity, cas: this.cas, release });
    const clock = fsso[0]?.clock ?? systemClock;
    this.users = new LabUsers({ serial, fsso, objects, release, clock });
    this.#system = labSystem({ hostName, cluster, release });
    this.#server = createServer({ cert: own.certificate, key: own.key }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** Listens on 127.0.0.1 at a port the system chooses. */
  static async start(options: LabFortigateOptions): Promise<LabFortigate> {
    const own = await options.authority.issue({
      commonName: options.hostName,
      organizationalUnit: 'FortiGate',
      altNames: [{ dns: options.hostName }, { dns: 'localhost' }, { ip: '127.0.0.1' }],
    });
    const fortigate = new LabFortigate(options, own);
    await new Promise<void>((resolve, reject) => {
      fortigate.#server.once('error', reject);
      fortigate.#server.listen(0, '127.0.0.1', resolve);
    });
    fortigate.users.start();
    return fortigate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** SHA-256 of the accepted certificate of each connector, by number. */
  get accepted(): Map<number, string> {
    return this.#ems.accepted;
  }

  /** Tries each connector once, as a FortiGate does by itself: its EMS lists it from then on. */
  connect(): Promise<void> {
    return this.#ems.connect();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await Promise.all([
      this.users.stop(),
      new Promise<void>((resolve) => this.#server.close(() => resolve())),
    ]);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const trouble = this.troubles.get(nameOf((request.url ?? '').split('?', 1)[0] ?? ''));
    if (trouble !== undefined && this.#knows(request.headers.authorization))
      return answerInTrouble(trouble, response);
    const { status, body } = await this.#reply(request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  async #reply(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const method = request.method ?? '';
    const { vdoms = ['root'], tokenVdom } = this.options;
    const parameters = new URLSearchParams(query);
    const asked = parameters.get('vdom') ?? tokenVdom ?? vdoms[0] ?? 'root';
    const envelope = (answer: LabAnswer, vdom: string) => this.#envelope(answer, { method, path, vdom });
    const alone = (answer: LabAnswer) => ({ status: answer.status, body: envelope(answer, asked) });
    if (!this.#knows(request.headers.authorization)) return alone({ status: 401 });
    if (tokenVdom !== undefined && asked !== tokenVdom) return alone({ status: 403 });
    const refused = this.#refusal(method, path);
    if (refused !== null) return alone(refused);
    const call = { method, path, query: parameters, body: await readJson(request) };
    const answer = async (vdom: string) => {
      const inVdom = { ...call, vdom };
      return (
        (await (this.#ems.answer(inVdom) ?? this.users.answer(inVdom) ?? this.#system(inVdom))) ?? {
          status: 404,
        }
      );
    };
    if (asked === '*') {
      const answers = await Promise.all(vdoms.map(answer));
      const status = answers[0]?.status ?? 200;
      return { status, body: answers.map((each, index) => envelope(each, vdoms[index] ?? '')) };
    }
    return alone(vdoms.includes(asked) ? await answer(asked) : { status: 424, error: -3 });
  }

  #knows(authorization: string | undefined): boolean {
    const given = Buffer.from(authorization ?? '');
    const expected = Buffer.from(`Bearer ${this.options.token}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  #refusal(method: string, path: string): LabAnswer | null {
    const group = accessGroupOf(path);
    const { access = 'read-write', accessOf = {} } = this.options;
    const allowed = accessOf[group] ?? access;
    if (allowed === 'read-write' || (allowed === 'read' && method === 'GET')) return null;
    return {
      status: 403,
      message: `profile ${profileName} has no ${method === 'GET' ? 'read' : 'write'} access to ${group}`,
    };
  }

  #envelope(
    { status, results, error, message }: LabAnswer,
    call: { method: string; path: string; vdom: string },
  ) {
    const [version, build] = versions[this.options.release ?? '7.4'];
    const refused = { http_status: status, ...(error ? { error } : {}), ...(message ? { message } : {}) };
    const [path, ...name] = nameOf(call.path).split('/');
    return {
      http_method: call.method,
      ...(status === 200 ? { results: results ?? {} } : refused),
      vdom: call.vdom,
      path,
      name: name.join('/'),
      status: status === 200 ? 'success' : 'error',
      serial: this.options.serial,
      version,
      build,
    };
  }
}

/** `user/firewall` of `/api/v2/monitor/user/firewall`. */
function nameOf(path: string): string {
  return path.split('/').slice(4).join('/');
}

function accessGroupOf(path: string): LabAccessGroup {
  if (path.includes('endpoint-control')) return 'utmgrp';
  if (path.includes('/user/')) return 'authgrp';
  if (path.includes('/firewall/')) return 'fwgrp';
  return path.includes('vpn-certificate') ? 'vpngrp' : 'sysgrp';
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > longestBody) return {};
      chunks.push(chunk);
    }
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {}
  return {};
}
