// A test’s policy in its two states: while it refuses the orchestrator, and when that is cured; the intern may re-drive.
import { readFileSync, writeFileSync } from 'node:fs';

export interface RedrivePolicy {
  /** Takes nothing of the orchestrator’s. */
  refuse(): void;
  cure(): void;
  /** Names nobody who may re-drive. */
  withoutOperator(): void;
}

/** @param file is overwritten; agents that do not watch it keep what they read */
export function redrivePolicy(file: string): RedrivePolicy {
  const without = readFileSync(file, 'utf8');
  const cured = without.replace('quarantine: {', 'quarantine: { redrive_by: [intern],');
  const refusing = cured.replaceAll(/from: \[[^\]]*\]/g, 'from: ["intern"]');
  const write = (text: string) => () => writeFileSync(file, text);
  write(cured)();
  return { refuse: write(refusing), cure: write(cured), withoutOperator: write(without) };
}
