import type { Clock } from '../../../clock.ts';
import type { Problem } from '../../../problem.ts';
import type { NtlmServerNames } from '../../ntlm/server.ts';
import type { NetworkLogon, SamLogonReply } from '../../rpc/interfaces/netlogon.ts';
import { ChannelFailure } from '../../windows/netlogon/channel-failure.ts';
import { computerName, type MachineAccount } from '../../windows/netlogon/open-channel.ts';
import { type ChannelHealth, SecureChannel } from '../../windows/netlogon/secure-channel.ts';
import { collectorEvent, type Report } from '../events.ts';
import { GroupNames } from './group-names.ts';

/** A domain whose users are verified, and who of it is asked. */
export interface NtlmDomainOptions {
  readonly account: MachineAccount;
  /** Empty where it is not known. */
  readonly dnsName: string;
  /** Asked in this order; a port of null is asked for at the endpoint mapper, which is at 135 where nothing is said. */
  readonly controllers: readonly {
    readonly host: string;
    readonly port: number | null;
    readonly mapperPort?: number;
  }[];
}

export interface NtlmDomainsOptions {
  readonly clock: Clock;
  readonly report: Report;
  /** The first is also asked about the users of all domains that are not here: it trusts them, or it does not. */
  readonly domains: readonly NtlmDomainOptions[];
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Questions at once to one domain controller. */
  readonly parallel: number;
}

interface Domain {
  readonly account: MachineAccount;
  readonly names: readonly string[];
  readonly groups: GroupNames;
  readonly channels: readonly Controller[];
}

interface Controller {
  readonly host: string;
  readonly channel: SecureChannel;
  hasFailed: boolean;
}

/** Secure channels to the domain controllers of each domain, and which of them is asked about whom. */
export class NtlmDomains {
  readonly #report: Report;
  readonly #domains: readonly Domain[];
  #isClosed = false;

  /** @throws RangeError where there is no domain, or one without a controller */
  constructor(options: NtlmDomainsOptions) {
    const { clock, timeoutMs, connectTimeoutMs, parallel } = options;
    this.#report = options.report;
    if (options.domains.length === 0) throw new RangeError('ntlm: at least one domain');
    this.#domains = options.domains.map(({ account, dnsName, controllers }) => {
      if (controllers.length === 0) throw new RangeError(`ntlm: ${account.domain} has no controller`);
      const channels = controllers.map(({ host, port, mapperPort }) => ({
        host: port === null ? host : `${host}:${port}`,
        hasFailed: false,
        channel: new SecureChannel({
          ...{ host, port, clock, connectTimeoutMs, timeoutMs, parallel, account },
          ...(mapperPort !== undefined && { mapperPort }),
        }),
      }));
      return {
        account,
        names: [account.domain, dnsName].filter(Boolean).map((name) => name.toLowerCase()),
        groups: new GroupNames(clock, (sids) => firstOf(channels, (channel) => channel.namesOf(sids))),
        channels,
      };
    });
  }

  get health(): readonly ChannelHealth[] {
    return this.#domains.flatMap(({ channels }) => channels.map(({ channel }) => channel.health));
  }

  /** Why a domain has no verdicts now: none of its controllers gives any. null while all have. */
  get problem(): Problem | null {
    for (const { channels } of this.#domains) {
      const problems = channels.map(({ channel }) => channel.health.problem);
      if (problems.every((problem) => problem !== null)) return problems[0] ?? null;
    }
    return null;
  }

  /**
   * How whoever challenges this user has to call itself: as the machine that asks its domain. Domain controllers refuse an answer to
   * a challenge in another name.
   */
  namesFor(user: Pick<NetworkLogon, 'domain' | 'user'>): NtlmServerNames {
    const { account } = this.#domainOf(user);
    return { domain: account.domain, computer: computerName(account) };
  }

  /**
   * The verdict of the first domain controller that has one. A question that may have been heard is not asked again.
   * @throws ChannelFailure of the last one tried
   */
  verify(logon: NetworkLogon): Promise<SamLogonReply> {
    return firstOf(this.#domainOf(logon).channels, async (channel, controller) => {
      try {
        const reply = await channel.verify(logon);
        this.#worked(controller);
        return reply;
      } catch (error) {
        if (error instanceof ChannelFailure) this.#failed(controller, error);
        throw error;
      }
    });
  }

  /**
   * The groups of a user with these SIDs, as `DOMAIN/GROUP`: what its own domain calls them.
   * @throws ChannelFailure
   */
  groupsOf(user: Pick<NetworkLogon, 'domain' | 'user'>, sids: readonly string[]): Promise<string[]> {
    return this.#domainOf(user).groups.of(sids);
  }

  #domainOf({ domain, user }: Pick<NetworkLogon, 'domain' | 'user'>): Domain {
    // A user who is written `user@domain.example` names the domain there.
    const named = (domain || /@([^@]*)$/.exec(user)?.[1] || '').toLowerCase();
    return this.#domains.find(({ names }) => names.includes(named)) ?? (this.#domains[0] as Domain);
  }

  #worked(controller: Controller): void {
    if (!controller.hasFailed) return;
    controller.hasFailed = false;
    this.#report(
      collectorEvent({ msg: 'domain controller gives verdicts again', controller: controller.host }),
    );
  }

  #failed(controller: Controller, { problem }: ChannelFailure): void {
    // One line a failure, until it works again; and none because we end.
    if (controller.hasFailed || this.#isClosed) return;
    controller.hasFailed = true;
    const { stage, code, message, cause, fix } = problem;
    this.#report(
      collectorEvent({
        msg: 'domain controller gives no verdicts',
        controller: controller.host,
        stage,
        code,
        why: message,
        cause,
        fix: fix.join('; '),
      }),
    );
  }

  /** Ends all channels; whoever waits for an answer is told so. */
  close(): void {
    this.#isClosed = true;
    for (const { channels } of this.#domains) for (const { channel } of channels) channel.close();
  }
}

/** The first answer. Those that rest come last, and say again why they do. */
async function firstOf<Answer>(
  controllers: readonly Controller[],
  ask: (channel: SecureChannel, controller: Controller) => Promise<Answer>,
): Promise<Answer> {
  const order = [...controllers].sort((a, b) => Number(a.channel.isResting) - Number(b.channel.isResting));
  let last: unknown;
  for (const controller of order) {
    try {
      return await ask(controller.channel, controller);
    } catch (error) {
      if (!(error instanceof ChannelFailure) || error.wasAsked) throw error;
      last = error;
    }
  }
  throw last;
}
