import { timingSafeEqual, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Authority, Identity } from '../authority.ts';
import { certificateFields } from './certificate-fields.ts';
import { askEms, type EmsAnswer, fingerprintOf, type LabFortigateConnector } from './ems-link.ts';

export type { LabFortigateConnector } from './ems-link.ts';

export interface LabFortigateOptions {
  readonly serial: string;
  readonly hostName: string;
  /** Signs the certificate of its HTTPS interface. */
  readonly authority: Authority;
  /** Its factory certificate, which EMS knows it by. */
  readonly identity: Identity;
  /** Of an API administrator. */
  readonly token: string;
  /** What the profile of that administrator allows of endpoint control. */
  readonly access?: 'none' | 'read' | 'read-write';
  /** Installed CAs, PEM. */
  readonly cas: readonly string[];
  readonly connectors: readonly LabFortigateConnector[];
  readonly vdoms?: readonly string[];
  /** 7.0 has no numbers of entries and no summary, and wants the name of a connector. */
  readonly release?: '7.0' | '7.4';
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
}

type Answer = { readonly status: number; readonly results?: unknown; readonly error?: number };

const versions = { '7.0': ['v7.0.5', 304], '7.4': ['v7.4.8', 2795] } as const;
const longestBody = 1_048_576;
const monitor = '/api/v2/monitor/endpoint-control/ems';

/**
 * The REST API of a FortiGate on loopback, as far as its panel of EMS connectors goes (docs/protocol/ems.md, FortiGate REST
 * API). What it says about an EMS is what that EMS answers to it just then.
 */
export class LabFortigate {
  readonly options: LabFortigateOptions;
  /** Of its HTTPS interface, PEM. */
  readonly certificate: string;
  /** SHA-256 of the accepted certificate of each connector, by number. */
  readonly accepted = new Map<number, string>();
  readonly cas: string[];
  readonly #server: Server;

  private constructor(options: LabFortigateOptions, own: Identity) {
    this.options = options;
    this.certificate = own.certificate;
    this.cas = [...options.cas];
    this.#server = createServer({ cert: own.certificate, key: own.key }, (request, response) => {
      void this.#serve(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
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
    return fortigate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Tries each connector once, as a FortiGate does by itself: its EMS lists it from then on. */
  async connect(): Promise<void> {
    await Promise.all(this.options.connectors.map((connector) => this.#ask(connector)));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const method = request.method ?? '';
    const vdoms = this.options.vdoms ?? ['root'];
    const parameters = new URLSearchParams(query);
    const asked = parameters.get('vdom') ?? vdoms[0] ?? 'root';
    const envelope = (answer: Answer, vdom: string) => this.#envelope(answer, { method, path, vdom });
    if (!this.#knows(request.headers.authorization))
      return { status: 401, body: envelope({ status: 401 }, asked) };
    const body = await readJson(request);
    const call: Call = { method, path, query: parameters, body };
    if (asked === '*') {
      const answers = await Promise.all(vdoms.map(() => this.#answer(call)));
      const status = answers[0]?.status ?? 200;
      return { status, body: answers.map((answer, index) => envelope(answer, vdoms[index] ?? '')) };
    }
    const answer = vdoms.includes(asked) ? await this.#answer(call) : { status: 424, error: -3 };
    return { status: answer.status, body: envelope(answer, asked) };
  }

  #knows(authorization: string | undefined): boolean {
    const given = Buffer.from(authorization ?? '');
    const expected = Buffer.from(`Bearer ${this.options.token}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  #envelope({ status, results, error }: Answer, call: { method: string; path: string; vdom: string }) {
    const [version, build] = versions[this.options.release ?? '7.4'];
    const [, , , , ...names] = call.path.split('/');
    return {
      http_method: call.method,
      ...(status === 200 ? { results: results ?? {} } : { http_status: status, ...(error ? { error } : {}) }),
      vdom: call.vdom,
      path: names[0],
      name: names.slice(1).join('/'),
      status: status === 200 ? 'success' : 'error',
      serial: this.options.serial,
      version,
      build,
    };
  }

  async #answer(call: Call): Promise<Answer> {
    const { access = 'read-write', release = '7.4', connectors } = this.options;
    if (access === 'none' || (call.method !== 'GET' && access === 'read')) return { status: 403 };
    const route = `${call.method} ${call.path}`;
    switch (route) {
      case 'GET /api/v2/cmdb/endpoint-control/fctems':
        return { status: 200, results: connectors.map((connector) => this.#configuration(connector)) };
      case `GET ${monitor}/status`: {
        const chosen = this.#chosen(call);
        if (release === '7.0' && chosen === null) return { status: 424, error: -1 };
        return { status: 200, results: await this.#all(chosen, (each) => this.#status(each)) };
      }
      case `GET ${monitor}/status-summary`:
        if (release === '7.0') return { status: 404 };
        return { status: 200, results: await this.#all(null, (each) => this.#summary(each)) };
      case `GET ${monitor}/cert-status`:
        return this.#withOne(call, (each) => this.#certificate(each, call.query.get('with_cert') === 'true'));
      case `POST ${monitor}/verify-cert`:
        return this.#withOne(call, (each) => this.#verify(each, call.body['fingerprint']));
      case `POST ${monitor}/unverify-cert`:
        return this.#withOne(call, async (each) => {
          this.accepted.delete(each.id);
          return { status: 200 };
        });
      case 'POST /api/v2/monitor/vpn-certificate/ca/import':
        return this.#import(call.body);
      default:
        return { status: 404 };
    }
  }

  #chosen({ query, body }: Call): LabFortigateConnector | null {
    const id = Number(query.get('ems_id') ?? body['ems_id']);
    const name = query.get('ems_name') ?? body['ems_name'];
    const byName = (this.options.release ?? '7.4') === '7.0';
    return this.options.connectors.find((each) => (byName ? each.name === name : each.id === id)) ?? null;
  }

  async #withOne(call: Call, act: (connector: LabFortigateConnector) => Promise<Answer>): Promise<Answer> {
    const connector = this.#chosen(call);
    return connector === null ? { status: 424, error: -3 } : act(connector);
  }

  async #all(
    only: LabFortigateConnector | null,
    tell: (connector: LabFortigateConnector) => Promise<unknown>,
  ): Promise<unknown> {
    return only === null ? Promise.all(this.options.connectors.map(tell)) : tell(only);
  }

  #ask(connector: LabFortigateConnector): Promise<EmsAnswer> {
    return askEms(connector, this.options.identity, this.cas);
  }

  #isVerified({ id }: LabFortigateConnector, { certificate }: EmsAnswer): boolean {
    return certificate !== null && this.accepted.get(id) === fingerprintOf(certificate);
  }

  #configuration({ id, name, host, port }: LabFortigateConnector) {
    return {
      ...((this.options.release ?? '7.4') === '7.0' ? {} : { 'ems-id': id, 'dirty-reason': 'none' }),
      name,
      status: 'enable',
      'fortinetone-cloud-authentication': 'disable',
      server: host,
      'https-port': port,
      'call-timeout': 30,
    };
  }

  async #status(connector: LabFortigateConnector) {
    const answer = await this.#ask(connector);
    const verified = this.#isVerified(connector, answer);
    const connected = verified && answer.outcome === 'answered';
    return {
      ems_id: connector.id,
      ems_name: connector.name,
      ems_serial: answer.serialNumber ?? '',
      ems_tenant_id: '',
      ems_status_id: connected ? 0 : 1,
      ems_status: connected
        ? 'connected'
        : verified || answer.certificate === null
          ? answer.outcome
          : 'not-verified',
      ems_is_connected: connected,
      ems_is_verified: verified,
      api_status: [],
      ws_status: 'disconnected',
      mgmt_ip: connector.host,
      mgmt_port: connector.port,
    };
  }

  async #summary(connector: LabFortigateConnector) {
    const answer = await this.#ask(connector);
    const { id, name } = connector;
    const verified = this.#isVerified(connector, answer);
    return { id, name, cert_status: verified ? 'verified' : 'unverified', conn_status: answer.outcome };
  }

  async #certificate(connector: LabFortigateConnector, whole: boolean): Promise<Answer> {
    const answer = await this.#ask(connector);
    const verified = this.#isVerified(connector, answer);
    return {
      status: 200,
      results: {
        ems_id: connector.id,
        ems_name: connector.name,
        status: verified ? 'verified' : 'unverified',
        ems_status: answer.outcome,
        ...(whole && answer.certificate ? { cert: certificateFields(answer.certificate) } : {}),
      },
    };
  }

  async #verify(connector: LabFortigateConnector, fingerprint: unknown): Promise<Answer> {
    const { certificate, outcome } = await this.#ask(connector);
    const shown = certificate === null ? null : fingerprintOf(certificate);
    if (shown === null || fingerprint !== shown) return { status: 424, error: -4 };
    this.accepted.set(connector.id, shown);
    const { id, name } = connector;
    return { status: 200, results: { ems_id: id, ems_name: name, status: 'verified', ems_status: outcome } };
  }

  #import({ import_method: method, file_content: content }: Record<string, unknown>): Answer {
    if (method !== 'file' || typeof content !== 'string') return { status: 424, error: -1 };
    try {
      const certificate = new X509Certificate(Buffer.from(content, 'base64'));
      if (!certificate.ca) return { status: 500, error: -328 };
      this.cas.push(certificate.toString());
      return { status: 200 };
    } catch {
      return { status: 500, error: -328 };
    }
  }
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
