import { describe, expect, test } from 'vitest';
import { Browser, controllerOf, domainOf, feedWith, gonePortOf } from './verifying-gate.ts';

describe('a gate with groups', () => {
  test('lets through who is in one of them, and says to others that they are in none', async () => {
    const [, port] = await controllerOf('CORP');
    const within = await feedWith([domainOf('CORP', [port])], { groups: ['LAB/Admins', 'corp/engineering'] });
    expect((await new Browser(within.port).logOn('anna', 'right')).reply).toMatchObject({ status: 200 });
    const without = await feedWith([domainOf('CORP', [port])], { groups: ['CORP/Sales'] });
    expect((await new Browser(without.port).logOn('anna', 'right')).reply).toMatchObject({
      status: 403,
      text: 'you are in no group that is let through here',
    });
    // Not let through by address either, and a logon all the same: who is there is known.
    expect(await new Browser(without.port).get()).toMatchObject({ status: 401 });
    expect(without.logons).toHaveLength(1);
  });

  test('asks again whom a gate without groups has let through', async () => {
    const [, port] = await controllerOf('CORP');
    const gate = {
      listen: '127.0.0.1',
      port: 0,
      enabledBrowsers: [],
      guests: false,
      answerWithinMs: 30_000,
      identity: null,
    };
    const { feed } = await feedWith(
      [domainOf('CORP', [port])],
      {},
      {
        gates: [
          { ...gate, mode: 'transparent', groups: [] },
          { ...gate, mode: 'explicit-proxy', groups: ['CORP/Sales'] },
        ],
      },
    );
    const [open = 0, strict = 0] = feed.health.listening.map((at) => Number(at.split(':')[1]));
    expect((await new Browser(open).logOn('anna', 'right')).reply).toMatchObject({ status: 200 });
    expect(await new Browser(open).get()).toMatchObject({ status: 200 });
    expect(await new Browser(strict).get()).toMatchObject({ status: 407 });
    expect(feed.health.counts).toMatchObject({ admitted: 1 });
  });

  test('lets nobody through while nobody tells the groups', async () => {
    const [, port] = await controllerOf('CORP');
    const gonePort = await gonePortOf('CORP');
    const domain = domainOf('CORP', [port]);
    const controllers = domain.controllers.map((each) => ({ ...each, mapperPort: gonePort }));
    const { port: gate } = await feedWith([{ ...domain, controllers }], { groups: ['CORP/Engineering'] });
    expect((await new Browser(gate).logOn('anna', 'right')).reply).toMatchObject({ status: 503 });
  });
});

describe('the groups of a logon', () => {
  test('are those of the verdict, by name, each asked for once', async () => {
    const [server, port] = await controllerOf('CORP');
    const { port: gate, logons } = await feedWith([domainOf('CORP', [port])], {}, { bringsGroups: true });
    for (let times = 0; times < 3; times++) await new Browser(gate).logOn('anna', 'right');
    await expect.poll(() => logons.length).toBe(3);
    expect(logons.map(({ groups }) => groups)).toEqual(
      Array.from({ length: 3 }, () => ['CORP/Domain Users', 'CORP/Engineering']),
    );
    expect(server.lookups).toBe(1);
  });

  test('are unknown where nobody tells names, and the logon is one all the same', async () => {
    const [, port] = await controllerOf('CORP');
    const domain = domainOf('CORP', [port]);
    // Netlogon answers where it is said to be, and the endpoint mapper nowhere.
    const gonePort = await gonePortOf('CORP');
    const controllers = domain.controllers.map((each) => ({ ...each, mapperPort: gonePort }));
    const {
      port: gate,
      logons,
      events,
    } = await feedWith([{ ...domain, controllers }], {}, { bringsGroups: true });
    await new Browser(gate).logOn('anna', 'right');
    await expect.poll(() => logons.length).toBe(1);
    expect(logons[0]).toMatchObject({ user: 'anna', groups: null });
    expect(events.map(({ msg }) => msg)).toEqual(['ntlm answer checked', 'groups not looked up']);
  });
});
