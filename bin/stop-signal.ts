/**
 * Resolves at the first SIGINT or SIGTERM, for a role that then ends what it has under way. A second one ends the
 * process at once.
 */
export function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let signals = 0;
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(status);
      resolve();
    });
  return promise;
}
