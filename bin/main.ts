// What has to be settled before anything imports React or Ink, and nothing else: both read it once, when they load.
Object.assign(process.env, { NODE_ENV: 'production' });
if (process.env['NO_COLOR']) {
  // Ink's colours do not know NO_COLOR, and Node complains when both are set.
  delete process.env['NO_COLOR'];
  process.env['FORCE_COLOR'] = '0';
}

const { run } = await import('./run.ts');
await run(process.argv.slice(2));
