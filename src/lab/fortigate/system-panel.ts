import type { LabAnswer, LabPanel } from './call.ts';

/** One member of the lab's cluster. */
export interface LabMember {
  readonly serial: string;
  readonly hostName: string;
  readonly priority: number;
  readonly primary: boolean;
}

/** How the lab's FortiGate says that it is clustered. */
export interface LabCluster {
  readonly mode: 'a-a' | 'a-p';
  readonly group: string;
  readonly members: readonly LabMember[];
}

export interface LabSystemOptions {
  readonly hostName: string;
  readonly cluster: LabCluster | null;
  readonly release: string;
}

const ok = (results: unknown): Promise<LabAnswer> => Promise.resolve({ status: 200, results });

/** The part of the API about the FortiGate itself; who is primary is said where its release says it. */
export function labSystem({ hostName, cluster, release }: LabSystemOptions): LabPanel {
  const members = cluster?.members ?? [];
  const saysPrimary = release === '7.4' || release === '7.6';
  return ({ method, path }) => {
    switch (`${method} ${path}`) {
      case 'GET /api/v2/monitor/system/status':
        return ok({
          model_name: 'FortiGate',
          model_number: 'VM64',
          model: 'FGVM64',
          hostname: hostName,
          log_disk_status: 'available',
        });
      case 'GET /api/v2/cmdb/system/ha':
        return ok({ mode: cluster?.mode ?? 'standalone', 'group-name': cluster?.group ?? '', 'group-id': 0 });
      case 'GET /api/v2/monitor/system/ha-peer':
        return ok(
          members.map((member) => ({
            serial_no: member.serial,
            vcluster_id: 0,
            priority: member.priority,
            hostname: member.hostName,
            // The others leave it out, as FortiOS does.
            ...(saysPrimary && member.primary ? { primary: true } : {}),
          })),
        );
      case 'GET /api/v2/monitor/system/ha-checksums': {
        const manages = release === '7.0' ? 'is_manage_master' : 'is_manage_primary';
        return ok(
          members.map(({ serial, primary }) => ({
            serial_no: serial,
            [manages]: release === '7.0' ? Number(primary) : primary,
          })),
        );
      }
      default:
        return null;
    }
  };
}
