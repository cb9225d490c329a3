import { connect, createServer } from 'node:net';
import type { LoadedConfig } from '../../config/load.ts';
import { resolveSecret } from '../../config/secrets.ts';
import type { ChannelSubject } from '../../fsso/doctor/channel-checks.ts';
import type { GateSubject } from '../../fsso/doctor/gate-checks.ts';
import { endpointMapperPort } from '../../fsso/rpc/interfaces/epm.ts';
import { hostAndPort } from '../collector-ntlm.ts';
import { namedSecret } from '../named-secret.ts';
import type { SubjectContext } from './controller-subjects.ts';
import { tryPort } from './try-port.ts';

const connectTimeoutMs = 5_000;

/**
 * The domain controllers that `collector.ntlm` asks for verdicts.
 * @throws ConfigError for a secret that cannot be had
 */
export async function channelSubjects(context: SubjectContext): Promise<ChannelSubject[]> {
  const { loaded, env, clock, names, otherNames } = context;
  const domains = loaded.config.collector?.ntlm?.domains ?? [];
  const all = domains.map(async (domain, index): Promise<ChannelSubject[]> => {
    const secret = resolveSecret(domain.password, loaded.directory, env);
    const password = await namedSecret(`collector.ntlm.domains[${index}].password`, secret);
    return domain.controllers.map(hostAndPort).map(({ host, port }) => ({
      ...{ names, otherNames, mapperPort: endpointMapperPort },
      account: { account: domain.machine, domain: domain.name.toUpperCase(), password },
      target: { host, port, clock, connectTimeoutMs },
      tryPort: (address, at) => tryPort.rpc(host, address, at, clock),
    }));
  });
  return (await Promise.all(all)).flat();
}

export function gateSubjects({ config }: LoadedConfig): GateSubject[] {
  const gates = config.collector?.ntlm?.gates ?? [];
  return gates.map(({ mode, listen, port }) => ({
    ...{ mode, listen, port },
    state: () => stateOf(listen, port),
  }));
}

/** Asked of this machine alone, so that no time has to be waited for. */
async function stateOf(
  listen: string,
  port: number,
): Promise<'listening' | 'free' | { readonly code: string }> {
  const towards = { '0.0.0.0': '127.0.0.1', '::': '::1' }[listen] ?? listen;
  const isTaken = await new Promise<boolean>((resolve) => {
    const socket = connect(port, towards, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
  if (isTaken) return 'listening';
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => resolve({ code: error.code ?? error.message }));
    server.listen(port, listen, () => server.close(() => resolve('free')));
  });
}
