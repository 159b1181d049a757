// Which lines a source goes on holding: all roots, and the last two documents of each issuer (SPEC.md D-32).
import { peekedLine } from './peeked-lines.js';

const keptDocuments = 2;

/** In their order. Lines that cannot be told apart are dropped. */
export function keptLines(lines: readonly Buffer[]): Buffer[] {
  const serials = new Map<string, Set<number>>();
  const peeked = lines.flatMap((line) => {
    try {
      return [{ line, ...peekedLine('line', line) }];
    } catch {
      return [];
    }
  });
  for (const { issuer, serial } of peeked) {
    if (issuer === null) continue;
    if (!serials.has(issuer)) serials.set(issuer, new Set());
    serials.get(issuer)!.add(serial);
  }
  const kept = new Map(
    [...serials].map(([issuer, all]) => [issuer, [...all].sort((a, b) => b - a).slice(0, keptDocuments)]),
  );
  return peeked
    .filter(({ issuer, serial }) => issuer === null || kept.get(issuer)!.includes(serial))
    .map(({ line }) => line);
}
