// Payloads compressed inside the seal, over a real Kafka.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { agentMessages } from '../bench/payloads.ts';
import { openStage, sendValues, take, text, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

/** Has those who open the policy from now on compress, or not. */
function nowCompresses(by: 'none' | 'deflate' | 'zstd'): void {
  const policy = readFileSync(stage.policy, 'utf8');
  writeFileSync(
    stage.policy,
    policy.replace(/content_type: [^,}]*[^}]*}/, `content_type: application/json, compress: ${by} }`),
  );
}

test.each(['deflate', 'zstd'] as const)(
  'what is sent with %s takes less room at the broker, and comes out byte for byte',
  async (by) => {
    stage = await openStage();
    nowCompresses('none');
    const values = agentMessages()
      .slice(0, 50)
      .map(({ value }) => value.toString());
    await sendValues(await stage.producer(), stage.topic, values);
    nowCompresses(by);
    await sendValues(await stage.producer(), stage.topic, values);
    const taken = await take(await stage.consumer(), 100);
    // What was sent before the policy changed is taken as well.
    expect(taken.map(text)).toEqual([...values, ...values]);
    const raw = await stage.raw(stage.topic, 100);
    const bytes = (part: typeof raw) => part.reduce((sum, { value }) => sum + value!.length, 0);
    const saved = bytes(raw.slice(0, 50)) - bytes(raw.slice(50));
    expect(saved).toBeGreaterThan(values.join('').length / 10);
  },
);

test('[E-44] a consumer whose policy has no compression quarantines what is compressed, and goes on', async () => {
  stage = await openStage();
  nowCompresses('zstd');
  const large = JSON.stringify(Array.from({ length: 99 }, (_, i) => `note ${i}`));
  await sendValues(await stage.producer(), stage.topic, [large, '"small"']);
  nowCompresses('none');
  expect((await take(await stage.consumer(), 1)).map(text)).toEqual(['"small"']);
  const [refused] = await stage.raw(stage.quarantine, 1);
  expect(String(refused!.headers!['sealwire-code'])).toBe('ERR_POLICY_COMPRESSION');
});
