// Payload schemas over a real broker: what is refused at send, and what a consumer with another schema does.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { committedTo, openStage, sendValues, take, text, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

const schema = (maxLength: number) => ({
  type: 'record',
  name: 'Order',
  fields: [{ name: 'item', type: 'string', maxLength }],
});

/** Has those who open the policy from now on hold payloads to this. */
function nowNames(schemas: string): void {
  const folder = dirname(stage.policy);
  writeFileSync(join(folder, 'v1.avsc'), JSON.stringify(schema(5)));
  writeFileSync(join(folder, 'v2.avsc'), JSON.stringify(schema(9)));
  const policy = readFileSync(stage.policy, 'utf8');
  writeFileSync(
    stage.policy,
    policy.replace(/content_type: [^}]*}/, `content_type: application/json, ${schemas} }`),
  );
}

async function rejectedCode(): Promise<string> {
  const [record] = await stage.raw(stage.quarantine, 1);
  return String(record!.headers!['sealwire-code']);
}

test('a payload that breaks its schema is refused at send, with every violation and no word of it', async () => {
  stage = await openStage();
  nowNames('schema: v1.avsc');
  const producer = await stage.producer();
  const refused = await sendValues(producer, stage.topic, ['{"item":"secret","more":"secret"}']).then(
    () => null,
    (error: unknown) => error as Error,
  );
  expect(refused).toMatchObject({ code: 'ERR_VALIDATION_PAYLOAD', facts: { violations: 2 } });
  expect(refused!.message).toContain('/item: maxLength 5\n/: no fields but the schema’s');
  expect(refused!.message).not.toContain('secret');
  await sendValues(producer, stage.topic, ['{"item":"a"}']);
  expect((await take(await stage.consumer(), 1)).map(text)).toEqual(['{"item":"a"}']);
});

test('a message that was sent by an older schema is rejected and lies in quarantine', async () => {
  stage = await openStage();
  nowNames('schema: v1.avsc');
  await sendValues(await stage.producer(), stage.topic, ['{"item":"a"}']);
  nowNames('schema: v2.avsc');
  await sendValues(await stage.producer(), stage.topic, ['{"item":"123456789"}']);
  const consumer = await stage.consumer();
  const committed = committedTo(consumer, '2');
  expect((await take(consumer, 1)).map(text)).toEqual(['{"item":"123456789"}']);
  await committed;
  expect(await rejectedCode()).toBe('ERR_POLICY_TYPE');
  expect(await stage.audited('message.rejected', 1)).toMatchObject([{ outcome: 'quarantined' }]);
});

test('a message that was sent by an older schema is received where the policy accepts that one as well', async () => {
  stage = await openStage();
  nowNames('schema: v1.avsc');
  await sendValues(await stage.producer(), stage.topic, ['{"item":"a"}']);
  nowNames('schema: v2.avsc, also_accept: [v1.avsc]');
  expect((await take(await stage.consumer(), 1)).map(text)).toEqual(['{"item":"a"}']);
});

test('a payload that its sender let pass and the consumer does not is rejected and lies in quarantine', async () => {
  stage = await openStage();
  nowNames('schema: v1.avsc');
  const producer = await stage.producer();
  await sendValues(producer, stage.topic, ['{"item":"a"}']);
  nowNames('schema: v1.avsc, framing: confluent');
  const framed = '\0\0\0\0\x07{"item":"b"}';
  await sendValues(await stage.producer(), stage.topic, [framed]);
  expect((await take(await stage.consumer(), 1)).map(text)).toEqual([framed]);
  expect(await rejectedCode()).toBe('ERR_VALIDATION_PAYLOAD');
});
