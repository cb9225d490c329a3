import { emsProfile } from '../../ems/profile.ts';
import { jsonBody, type LabRequest, type LabRoute, refusal, sessionRefusal, success } from './routes.ts';

/** What a FortiCloud account has of EMS Cloud. `lost`: it had a contract, which is over. */
export type LabEntitlement = 'valid' | 'missing' | 'lost';

/** The accounts of the lab's EMS Cloud; a test or a scenario changes them while it runs. */
export interface LabCloud {
  /** Accounts by the serial numbers of the devices that are registered to them. */
  readonly accounts: Map<string, LabEntitlement>;
  /** Accounts by the FortiGate access keys that they gave out. */
  readonly accessKeys: Map<string, LabEntitlement>;
  /** Where the instance is; null: where the desk is. */
  instance: { host: string; port: number } | null;
}

const reasons: Record<LabEntitlement, string | null> = {
  valid: null,
  missing: 'the account has no FCEM contract',
  lost: 'the FCEM contract of the account is over',
};

/**
 * The front desk of the lab's EMS Cloud (docs/protocol/ems.md, EMS Cloud). The device is known by its TLS client
 * certificate, or the account by an access key; `own` is where this server is called.
 */
export function cloudRoutes(cloud: LabCloud, own: () => { host: string; port: number }): LabRoute[] {
  const { method, path } = emsProfile.calls.entitlement;
  const names = emsProfile.fields.entitlement;
  const entitlementOf = ({ device }: LabRequest, body: Record<string, unknown>) => {
    const key = body[names.accessKey];
    if (key !== undefined) return cloud.accessKeys.get(String(key));
    return device === null ? undefined : cloud.accounts.get(device);
  };
  return [
    {
      method,
      path,
      answer(request) {
        const found = entitlementOf(request, jsonBody(request) ?? {});
        if (found === undefined) return sessionRefusal();
        const reason = reasons[found];
        return success({
          [names.entitled]: found === 'valid',
          ...(reason === null ? {} : { [names.reason]: reason }),
          ...(cloud.instance ?? own()),
        });
      },
    },
    {
      method: '*',
      path: /^\/api\/v1\//,
      // An instance serves nobody whose contract is over; who came by an access key is not told apart here.
      answer: ({ device }) =>
        device !== null && cloud.accounts.get(device) === 'lost' ? refusal(200, -1, 'License expired') : null,
    },
  ];
}
