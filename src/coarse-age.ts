const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Coarse age of `ms` milliseconds: `59s`, `1m`, `3h`, `2d`. What lies in the future is `0s`. */
export function coarseAge(ms: number): string {
  const past = Math.max(0, ms);
  if (past < minute) return `${Math.floor(past / second)}s`;
  if (past < hour) return `${Math.floor(past / minute)}m`;
  if (past < day) return `${Math.floor(past / hour)}h`;
  return `${Math.floor(past / day)}d`;
}
