import { describe, expect, test } from 'vitest';
import { Browser, controllerOf, domainOf, feedWith, gonePortOf } from './verifying-gate.ts';

describe('several domains', () => {
  test('ask their own controllers, and those without an entry the first', async () => {
    const [corp, corpPort] = await controllerOf('CORP');
    const [lab, labPort] = await controllerOf('LAB');
    const { port: gate, logons } = await feedWith([domainOf('CORP', [corpPort]), domainOf('LAB', [labPort])]);
    await new Browser(gate).logOn('anna', 'right', { domain: 'CORP' });
    // The challenge was in the name of CORP, which LAB does not take.
    const { reply } = await new Browser(gate).logOn('anna', 'right', { domain: 'lab' });
    expect(reply).toMatchObject({ status: 307, text: 'say it once more: your domain is known only now' });
    expect(reply.head).toMatch(/^location: \/page$/im);
    expect(reply.head).toMatch(/connection: close/i);
    expect((await new Browser(gate).logOn('anna', 'right', { domain: 'lab' })).reply.status).toBe(200);
    await new Browser(gate).logOn('anna', 'right', { domain: 'TRUSTED' });
    await new Browser(gate).logOn('anna@lab.example', 'right', { domain: '' });
    // A name alone is no domain, even one that sounds so.
    await new Browser(gate).logOn('lab', 'right', { domain: '' });
    expect(corp.asked).toEqual(['anna', 'anna', 'lab']);
    expect(lab.asked).toEqual(['anna', 'anna', 'anna@lab.example']);
    expect(logons.map(({ domain }) => domain)).toEqual(['CORP', 'LAB']);
  });

  test('ask no other controller about an answer that one may have heard', async () => {
    const [heard, heardPort] = await controllerOf('CORP');
    const [other, otherPort] = await controllerOf('CORP');
    heard.before = () => {
      heard.dropAll();
      return new Promise(() => {});
    };
    const { port: gate } = await feedWith([domainOf('CORP', [heardPort, otherPort])]);
    expect((await new Browser(gate).logOn('anna', 'wrong')).reply).toMatchObject({ status: 503 });
    expect(other.asked).toEqual([]);
    // The next answer is another one.
    expect((await new Browser(gate).logOn('anna', 'right')).reply).toMatchObject({ status: 200 });
    expect(other.asked).toEqual(['anna']);
  });

  test('ask the next controller where one cannot be reached, and tell once', async () => {
    const gonePort = await gonePortOf('CORP');
    const [, port] = await controllerOf('CORP');
    const { port: gate, events } = await feedWith([domainOf('CORP', [gonePort, port])]);
    for (let times = 0; times < 3; times++)
      expect((await new Browser(gate).logOn('anna', 'right')).reply.status).toBe(200);
    const failures = events.filter(({ msg }) => msg === 'domain controller gives no verdicts');
    expect(failures).toEqual([
      expect.objectContaining({ code: 'ECONNREFUSED', controller: `127.0.0.1:${gonePort}` }),
    ]);
  });
});
