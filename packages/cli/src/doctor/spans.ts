// Times and sizes as the doctor says them.

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** As in a policy: `30d`, `12h`, `90s`; `for ever`. */
export function span(ms: number): string {
  if (ms === Infinity) return 'for ever';
  const rounded = Math.round(ms);
  if (rounded >= 2 * dayMs) return `${Math.floor(rounded / dayMs)}d`;
  if (rounded >= 2 * hourMs) return `${Math.floor(rounded / hourMs)}h`;
  if (rounded >= 120_000) return `${Math.floor(rounded / 60_000)}m`;
  return rounded >= 10_000 ? `${Math.floor(rounded / 1000)}s` : `${rounded} ms`;
}

/** `until 2027-01-31 (63d)`, `over since 2026-01-31` */
export function until(endMs: number, nowMs: number): string {
  const day = new Date(endMs).toISOString().slice(0, 10);
  return endMs > nowMs ? `until ${day} (${span(endMs - nowMs)} left)` : `over since ${day}`;
}

export const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
