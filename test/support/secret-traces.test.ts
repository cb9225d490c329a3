import { describe, expect, test } from 'vitest';
import { traces, whereWritten } from './secret-traces.ts';

const secrets = { collector: 'c0ll"ß\\&%25 <7' };

describe('every way in which a password may be written', () => {
  test.each([...traces(secrets.collector)])('%s is found, wherever it begins', (form, bytes) => {
    for (const before of ['', 'a', 'ab', 'abc'])
      expect(
        whereWritten({ collector: secrets.collector }, [
          { name: 'log', bytes: Buffer.concat([Buffer.from(before), bytes, Buffer.from('z')]) },
        ]).join(),
      ).toContain(`log: collector as ${form}`);
  });

  test.each(['', 'a', 'ab', 'abc'])('in base64 behind "%s" too', (before) => {
    const text = Buffer.from(`${before}${secrets.collector}z`).toString('base64');
    expect(whereWritten({ it: secrets.collector }, [{ name: 'x', bytes: Buffer.from(text) }])).toHaveLength(
      1,
    );
  });
});
