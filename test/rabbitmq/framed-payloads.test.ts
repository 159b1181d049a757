// Confluent-framed payloads and CloudEvents over a real RabbitMQ: checked at both ends, sealed between, and untouched.
import { afterEach, expect, test } from '@jest/globals';
import { origin } from '@sealwire/core';
import { framedPayloads, holdTo } from '../framed-payloads.ts';
import { Inbox, openStage, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

test.each(framedPayloads('cloudEvents:').map((payload) => [payload.name, payload] as const))(
  '%s comes out byte for byte with its headers, of which the broker sees nothing; what breaks its schema is not sent',
  async (_, payload) => {
    stage = await openStage();
    holdTo(stage.policy, payload);
    const { good, bad, violation, headers } = payload;
    const sender = await stage.sender();
    const send = (value: Buffer) => sender.sendToQueue(stage.queue, value, { headers: { ...headers } });

    let refused: Error | null = null;
    try {
      send(bad);
    } catch (error) {
      refused = error as Error;
    }
    expect(refused).toMatchObject({ code: 'ERR_VALIDATION_PAYLOAD' });
    expect(refused!.message.split('\n').slice(1)).toEqual([violation]);
    send(good);
    send(good);
    await sender.waitForConfirms();

    const { content, properties } = await stage.raw(stage.queue);
    const wire = content.toString('latin1') + JSON.stringify(properties);
    for (const word of ['paper', 'org.example.order', 'cloudevents']) expect(wire).not.toContain(word);

    const inbox = new Inbox();
    await (await stage.receiver()).consume(stage.queue, inbox.take, { noAck: true });
    const [message] = await inbox.first(1);
    expect(message!.content.equals(good)).toBe(true);
    expect(message!.properties.headers).toEqual(headers);
    expect(origin(message!)).toMatchObject({ verified: true, sender: 'orchestrator' });
  },
);
