// Stops what set-up.js started, and removes its folder.
import { rmSync } from 'node:fs';

export default async function tearDown() {
  const started = globalThis.sealwireBrokers;
  if (started === undefined) return;
  await started.brokers.stop();
  rmSync(started.root, { recursive: true, force: true });
}
