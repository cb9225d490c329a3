import { X509Certificate } from 'node:crypto';
import { emsProfile } from '../../ems/profile.ts';
import type { Identity } from '../authority.ts';
import { type LabAnswer, type LabCall, type LabPanel, pageOf } from './call.ts';
import { certificateFields } from './certificate-fields.ts';
import {
  askEms,
  dataOf,
  type EmsAnswer,
  fingerprintOf,
  getFromEms,
  type LabFortigateConnector,
} from './ems-link.ts';

const monitor = '/api/v2/monitor/endpoint-control/ems';

export interface LabEmsPanelOptions {
  readonly connectors: readonly LabFortigateConnector[];
  /** The FortiGate's factory certificate, which EMS knows it by. */
  readonly identity: Identity;
  /** Installed CAs, PEM. */
  readonly cas: string[];
  readonly release: string;
}

/** The part of the API about EMS: what it says about one is what that EMS answers to it just then. */
export class LabEmsPanel {
  /** SHA-256 of the accepted certificate of each connector, by number. */
  readonly accepted = new Map<number, string>();
  readonly #options: LabEmsPanelOptions;

  constructor(options: LabEmsPanelOptions) {
    this.#options = options;
  }

  /** Tries each connector once, as a FortiGate does by itself: its EMS lists it from then on. */
  async connect(): Promise<void> {
    await Promise.all(this.#options.connectors.map((connector) => this.#ask(connector)));
  }

  readonly answer: LabPanel = (call) => {
    const { connectors, release } = this.#options;
    switch (`${call.method} ${call.path}`) {
      case 'GET /api/v2/cmdb/endpoint-control/fctems':
        return done(connectors.map((connector) => this.#configuration(connector)));
      case `GET ${monitor}/status`: {
        const chosen = this.#chosen(call);
        if (release === '7.0' && chosen === null) return Promise.resolve({ status: 424, error: -1 });
        return this.#all(chosen, (each) => this.#status(each));
      }
      case `GET ${monitor}/status-summary`:
        return release === '7.0' ? null : this.#all(null, (each) => this.#summary(each));
      case `GET ${monitor}/cert-status`:
        return this.#withOne(call, (each) => this.#certificate(each, call.query.get('with_cert') === 'true'));
      case `POST ${monitor}/verify-cert`:
        return this.#withOne(call, (each) => this.#verify(each, call.body['fingerprint']));
      case `POST ${monitor}/unverify-cert`:
        return this.#withOne(call, async (each) => {
          this.accepted.delete(each.id);
          return { status: 200 };
        });
      case 'GET /api/v2/monitor/user/device/query':
        return release === '7.0' ? null : this.#devices(call);
      case 'GET /api/v2/monitor/endpoint-control/record-list':
        return this.#records();
      case 'POST /api/v2/monitor/vpn-certificate/ca/import':
        return Promise.resolve(this.#import(call.body));
      default:
        return null;
    }
  };

  #chosen({ query, body }: LabCall): LabFortigateConnector | null {
    const id = Number(query.get('ems_id') ?? body['ems_id']);
    const name = query.get('ems_name') ?? body['ems_name'];
    const byName = this.#options.release === '7.0';
    return this.#options.connectors.find((each) => (byName ? each.name === name : each.id === id)) ?? null;
  }

  async #withOne(
    call: LabCall,
    act: (connector: LabFortigateConnector) => Promise<LabAnswer>,
  ): Promise<LabAnswer> {
    const connector = this.#chosen(call);
    return connector === null ? { status: 424, error: -3 } : act(connector);
  }

  async #all(
    only: LabFortigateConnector | null,
    tell: (connector: LabFortigateConnector) => Promise<unknown>,
  ): Promise<LabAnswer> {
    const { connectors } = this.#options;
    return {
      status: 200,
      results: only === null ? await Promise.all(connectors.map(tell)) : await tell(only),
    };
  }

  #ask(connector: LabFortigateConnector): Promise<EmsAnswer> {
    return askEms(connector, this.#options.identity, this.#options.cas);
  }

  #isVerified({ id }: LabFortigateConnector, { certificate }: EmsAnswer): boolean {
    return certificate !== null && this.accepted.get(id) === fingerprintOf(certificate);
  }

  #configuration({ id, name, host, port }: LabFortigateConnector) {
    return {
      ...(this.#options.release === '7.0' ? {} : { 'ems-id': id, 'dirty-reason': 'none' }),
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

  async #certificate(connector: LabFortigateConnector, whole: boolean): Promise<LabAnswer> {
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

  async #verify(connector: LabFortigateConnector, fingerprint: unknown): Promise<LabAnswer> {
    const { certificate, outcome } = await this.#ask(connector);
    const shown = certificate === null ? null : fingerprintOf(certificate);
    if (shown === null || fingerprint !== shown) return { status: 424, error: -4 };
    this.accepted.set(connector.id, shown);
    const { id, name } = connector;
    return { status: 200, results: { ems_id: id, ems_name: name, status: 'verified', ems_status: outcome } };
  }

  #import({ import_method: method, file_content: content }: Record<string, unknown>): LabAnswer {
    if (method !== 'file' || typeof content !== 'string') return { status: 424, error: -1 };
    try {
      const certificate = new X509Certificate(Buffer.from(content, 'base64'));
      if (!certificate.ca) return { status: 500, error: -328 };
      this.#options.cas.push(certificate.toString());
      return { status: 200 };
    } catch {
      return { status: 500, error: -328 };
    }
  }

  /** Endpoints of every EMS that it is connected to, read from there. */
  async #endpoints(): Promise<{ serial: string; row: Record<string, unknown> }[]> {
    const { connectors, identity, cas } = this.#options;
    const of = async (connector: LabFortigateConnector) => {
      const answer = await this.#ask(connector);
      if (answer.serialNumber === null || !this.#isVerified(connector, answer)) return [];
      const { body } = await getFromEms(connector, identity, cas, emsProfile.calls.sysinfo.path);
      const rows = (dataOf(body) as Record<string, unknown> | null)?.[emsProfile.fields.rows.sysinfo];
      const serial = answer.serialNumber;
      return Array.isArray(rows) ? rows.map((row: Record<string, unknown>) => ({ serial, row })) : [];
    };
    return (await Promise.all(connectors.map(of))).flat();
  }

  async #devices(call: LabCall): Promise<LabAnswer> {
    const names = emsProfile.fields.endpoint;
    const rows = (await this.#endpoints()).map(({ serial, row }) => ({
      hostname: row[names.host],
      ipv4_address: row[names.ip],
      mac: row[names.mac],
      os_name: row[names.os],
      forticlient_id: row[names.uid],
      forticlient_username: row[names.user],
      forticlient_version: row[names.version],
      forticlient_gateway_interface: 'port1',
      ems_sn: serial,
      ems_tenant_id: '00000000000000000000000000000000',
      is_forticlient_endpoint: true,
      is_ems_registered: row[names.registered],
      is_online: row[names.online],
      on_net: row[names.onNet],
      quarantined_on_forticlient: row[names.quarantined],
      out_of_sync: false,
      vdom: call.vdom,
    }));
    // A printer, as every network has some without FortiClient.
    const printer = {
      hostname: 'PRN-01',
      ipv4_address: '10.20.99.9',
      mac: '00:00:5e:00:53:09',
      is_online: true,
    };
    return { status: 200, results: pageOf([...rows, printer], call) };
  }

  async #records(): Promise<LabAnswer> {
    const names = emsProfile.fields.endpoint;
    const rows = (await this.#endpoints()).map(({ row }) => ({
      uid: row[names.uid],
      host: row[names.host],
      user: row[names.user],
      addr: row[names.ip],
      mac: row[names.mac],
      os: row[names.os],
      forticlient_version: row[names.version],
      online: row[names.online] ? 1 : 0,
      on_net: row[names.onNet] ? 1 : 0,
      interface: 'port1',
      quarantined: row[names.quarantined],
    }));
    return { status: 200, results: rows };
  }
}

function done(results: unknown): Promise<LabAnswer> {
  return Promise.resolve({ status: 200, results });
}
