import type { LoadedConfig } from '../config/load.ts';
import type { EmsConfig } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import { EmsAdmin } from '../ems/admin.ts';
import { type AdminSession, EmsAdminSession } from '../ems/admin-session.ts';
import { CloudSession } from '../ems/cloud.ts';
import { type EmsTarget, targetText } from '../ems/examine.ts';
import { serverText } from '../ems/handshake.ts';
import { type HttpServer, judgeByName } from '../ems/http-call.ts';
import { judgeByPin } from '../ems/judge.ts';
import { publicCas } from '../ems/public-cas.ts';
import { sourceAddress } from '../ems/source-address.ts';
import type { WriteGuard } from '../verbs.ts';
import { namedSecret } from './named-secret.ts';

/** The administrator's side of the EMS of one connector, ready to be asked. */
export interface AdminTarget {
  /** The connector. */
  readonly target: EmsTarget;
  /** `host:port` of the API. */
  readonly server: string;
  readonly session: AdminSession;
  readonly admin: EmsAdmin;
}

/**
 * Makes the administrators ready that the connectors of the configuration name. Nobody signs in yet.
 * @throws ConfigError for a secret that cannot be had
 */
export async function prepareAdmins(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  targets: readonly EmsTarget[],
  guard: WriteGuard,
): Promise<AdminTarget[]> {
  const prepared: AdminTarget[] = [];
  for (const [index, config] of loaded.config.ems.entries()) {
    const target = targets.find((each) => each.name === config.name);
    if (!config.admin || !target?.enabled) continue;
    const { server, session } = await openSession(loaded, env, target, config.admin, index);
    const facts = { peer: server.peer, server: serverText(server.host, server.port) };
    const admin = new EmsAdmin(session, guard, facts, target.device.profile.admin);
    prepared.push({ target, server: facts.server, session, admin });
  }
  return prepared;
}

async function openSession(
  { directory }: LoadedConfig,
  env: NodeJS.ProcessEnv,
  target: EmsTarget,
  admin: NonNullable<EmsConfig['admin']>,
  index: number,
): Promise<{ server: HttpServer; session: AdminSession }> {
  const { trust, clock, callTimeoutMs: timeoutMs } = target;
  const { profile } = target.device;
  const source = () => sourceAddress(target, targetText(target));
  const secret = (key: 'password' | 'access-key') => {
    const named = admin[key];
    return named === undefined
      ? ''
      : namedSecret(`ems[${index}].admin.${key}`, resolveSecret(named, directory, env));
  };
  if (target.type === 'ems-cloud') {
    const server: HttpServer = {
      peer: 'EMS Cloud',
      host: profile.cloud.host,
      port: profile.cloud.port,
      source,
      timeoutMs,
      cas: () => [...publicCas(), ...trust.cas()],
      judge: judgeByName,
      clock,
    };
    const accountEmail = admin['account-email'] ?? '';
    return {
      server,
      session: new CloudSession(server, { accountEmail, accessKey: await secret('access-key') }, profile),
    };
  }
  const server: HttpServer = {
    peer: 'EMS',
    host: target.server ?? '',
    port: target.port,
    source,
    timeoutMs,
    cas: () => trust.cas(),
    judge: judgeByPin(trust, target),
    clock,
  };
  const credentials = {
    name: admin.name ?? '',
    password: await secret('password'),
    site: admin.site ?? null,
  };
  return { server, session: new EmsAdminSession(server, credentials, profile.admin) };
}
