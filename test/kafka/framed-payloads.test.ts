// Confluent-framed payloads and CloudEvents over a real Kafka: checked at both ends, sealed between, and untouched.
import { afterEach, expect, test } from '@jest/globals';
import { origin } from '@sealwire/kafka';
import { framedPayloads, holdTo } from '../framed-payloads.ts';
import { openStage, take, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

test.each(framedPayloads('ce_').map((payload) => [payload.name, payload] as const))(
  '%s comes out byte for byte with its headers, of which the broker sees nothing; what breaks its schema is not sent',
  async (_, payload) => {
    stage = await openStage();
    holdTo(stage.policy, payload);
    const { good, bad, violation, headers } = payload;
    const producer = await stage.producer();
    const send = (value: Buffer) =>
      producer.send({ topic: stage.topic, messages: [{ key: 'k', value, headers: { ...headers } }] });

    const refused = await send(bad).then(
      () => null,
      (error: unknown) => error as Error,
    );
    expect(refused).toMatchObject({ code: 'ERR_VALIDATION_PAYLOAD' });
    expect(refused!.message.split('\n').slice(1)).toEqual([violation]);
    await send(good);

    const [taken] = await take(await stage.consumer(), 1);
    expect(taken!.message.value!.equals(good)).toBe(true);
    const received = Object.entries(taken!.message.headers!).map(([name, value]) => [name, String(value)]);
    expect(Object.fromEntries(received)).toEqual(headers);
    expect(origin(taken!.message)).toMatchObject({ verified: true, sender: 'orchestrator' });

    const [raw] = await stage.raw(stage.topic, 1);
    expect(raw!.headers).toEqual({});
    const wire = raw!.value!.toString('latin1');
    for (const word of ['paper', 'org.example.order', 'cloudevents']) expect(wire).not.toContain(word);
  },
);
