import { expect, onTestFinished, test } from 'vitest';
import { DomainNames } from '../../../../../src/fsso/collector/domain-names.ts';
import { PollingFeed } from '../../../../../src/fsso/collector/feeds/polling/polling-feed.ts';
import { logTarget, polling, quiet, settled } from '../../../../support/polling-feed.ts';
import { ScriptedLink, ScriptedLog } from '../../../../support/scripted-controller.ts';

const corp = { netbios: 'CORP', dns: 'corp.example' };

test('controllers that DNS names are polled as soon as it does, at all their addresses, and left when it names them no more', async () => {
  const { context, go } = polling();
  const found: { domain: string; name: string; addresses: string[] }[] = [];
  const opened: (readonly string[])[] = [];
  const { clock } = context;
  const feed = new PollingFeed(
    {
      ...quiet,
      domains: [
        {
          domain: 'corp.example',
          target: (name, addressesOf) => ({
            ...{ ...logTarget, name },
            open: async () => {
              opened.push(addressesOf());
              return new ScriptedLink(() => clock.now(), new ScriptedLog());
            },
          }),
        },
      ],
    },
    { ...context, controllers: () => found },
  );
  onTestFinished(() => feed.stop());
  await feed.start();
  feed.takeControllers();
  expect(feed.health.polled).toEqual([]);
  found.push(
    { name: 'dc1.corp.example', domain: 'corp.example', addresses: ['10.0.0.1', '10.0.0.3'] },
    { name: 'dc2.corp.example', domain: 'corp.example', addresses: [] },
    { name: 'dc1.other.example', domain: 'other.example', addresses: ['10.0.0.9'] },
  );
  feed.takeControllers();
  await go(1);
  expect(feed.health.polled?.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'dc1.corp.example ok',
    'dc2.corp.example ok',
  ]);
  // Where DNS says that the first one is; the second is the system's to resolve.
  expect(opened).toEqual([['10.0.0.1', '10.0.0.3'], []]);
  found.shift();
  feed.takeControllers();
  expect(feed.health.polled?.map(({ name }) => name)).toEqual(['dc2.corp.example']);
  found.length = 0;
  feed.takeControllers();
  expect(feed.health.polled).toHaveLength(1);
});

test('what a machine says of its domain names that domain for everybody, and shows with the machine', async () => {
  const { context, clock } = polling();
  const names = new DomainNames({ clock });
  const link = new ScriptedLink(() => clock.now(), new ScriptedLog());
  link.domain = corp;
  const feed = new PollingFeed(
    { ...quiet, targets: [{ ...logTarget, open: async () => link }] },
    { ...context, names },
  );
  onTestFinished(() => feed.stop());
  await feed.start();
  expect(feed.health.polled?.[0]?.domain).toBeNull();
  clock.advance(0);
  await settled();
  expect(names.known('CORP.EXAMPLE')).toBe('CORP');
  expect(feed.health.polled?.[0]?.domain).toBe('corp.example');
});

test('who comes without a domain belongs to the machine’s, unless another is configured', async () => {
  const { start, go, log, link, logons, clock } = polling({ target: { domain: '' } });
  link.domain = corp;
  await start();
  log.append(clock.now(), 4776, { TargetUserName: 'alice', Status: '0x0', Workstation: 'PC1' });
  await go(10);
  expect(logons).toEqual([expect.objectContaining({ user: 'alice', domain: 'CORP' })]);
  const other = polling({ target: { domain: 'OTHER', mode: 'netapi' } });
  other.link.domain = corp;
  other.link.open = [{ client: '\\\\10.0.0.7', user: 'bob', activeSeconds: 3, idleSeconds: 0 }];
  await other.start();
  expect(other.logons).toEqual([expect.objectContaining({ user: 'bob', domain: 'OTHER' })]);
  const own = polling({ target: { domain: '', mode: 'netapi' } });
  own.link.domain = corp;
  own.link.open = other.link.open;
  await own.start();
  expect(own.logons).toEqual([expect.objectContaining({ user: 'bob', domain: 'CORP' })]);
});

test('an ignored domain of an Exchange server is meant by both its names', async () => {
  const { context, clock, log, logons, go } = polling();
  const names = new DomainNames({ clock });
  const link = new ScriptedLink(() => clock.now(), log);
  link.domain = corp;
  const exchange = [{ domain: 'CORP', server: ['mail1', '10.0.0.5'], ignoreNames: ['CORP'] }];
  const feed = new PollingFeed(
    { ...quiet, exchange, targets: [{ ...logTarget, open: async () => link }] },
    { ...context, names },
  );
  onTestFinished(() => feed.stop());
  await feed.start();
  log.append(clock.now(), 4768, {
    ...{ TargetUserName: 'alice', TargetDomainName: 'CORP.EXAMPLE', Status: '0x0', IpAddress: '10.0.0.5' },
  });
  await go(10);
  expect(logons).toEqual([]);
});
