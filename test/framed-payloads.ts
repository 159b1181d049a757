// Payloads with something around the data that other systems put there: what they are, and what they have to come out as.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import avsc from 'avsc';

const schema = {
  type: 'record',
  name: 'Order',
  fields: [{ name: 'item', type: 'string', maxLength: 12 }],
};
const avro = (item: string): Buffer => avsc.Type.forSchema(schema as avsc.Schema).toBuffer({ item });
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const attributes = { specversion: '1.0', id: '7', source: '/shop', type: 'org.example.order' };

export interface FramedPayload {
  readonly name: string;
  /** What the policy says of the message type beside its name. */
  readonly policy: string;
  /** Passes, and must come out as it is. */
  readonly good: Buffer;
  /** Is refused at send, and what for. */
  readonly bad: Buffer;
  readonly violation: string;
  /** Headers that travel with it, by the broker's binding of CloudEvents where it is one. */
  readonly headers: Readonly<Record<string, string>>;
}

/** @param prefix what the names of CloudEvents attributes begin with on this broker */
export function framedPayloads(prefix: string): readonly FramedPayload[] {
  const frame = Buffer.from([0, 0, 0, 0x30, 0x39]);
  const structured = 'content_type: application/cloudevents+json, framing: cloudevents, schema: order.avsc';
  return [
    {
      name: 'Avro behind the id of a Confluent registry',
      policy: 'content_type: avro/binary, framing: confluent, schema: order.avsc',
      good: Buffer.concat([frame, avro('paper')]),
      bad: Buffer.concat([frame, avro('more than twelve')]),
      violation: '/item: maxLength 12',
      headers: {},
    },
    {
      name: 'JSON behind the id of a Confluent registry',
      policy: 'content_type: application/json, framing: confluent, schema: order.avsc',
      good: Buffer.concat([frame, json({ item: 'paper' })]),
      bad: json({ item: 'paper' }),
      violation: '/: begins with 00 and the four bytes of a schema id',
      headers: {},
    },
    {
      name: 'a structured CloudEvent with JSON',
      policy: structured,
      good: json({ ...attributes, data: { item: 'paper' } }),
      bad: json({ ...attributes, data: {} }),
      violation: '/data/item: required',
      headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
    },
    {
      name: 'a structured CloudEvent with Avro',
      policy: structured,
      good: json({
        ...attributes,
        datacontenttype: 'application/avro',
        data_base64: avro('paper').toString('base64'),
      }),
      bad: json({ ...attributes, id: '', data: { item: 'paper' } }),
      violation: '/id: required',
      headers: { 'content-type': 'application/cloudevents+json' },
    },
    {
      name: 'a binary CloudEvent',
      policy: 'content_type: application/json, schema: order.avsc',
      good: json({ item: 'paper' }),
      bad: json({ item: 5 }),
      violation: '/item: string',
      headers: {
        ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [prefix + name, value])),
        'content-type': 'application/json',
      },
    },
  ];
}

/** Has a policy of the tests hold its messages to this form. */
export function holdTo(policy: string, { policy: form }: FramedPayload): void {
  writeFileSync(join(dirname(policy), 'order.avsc'), JSON.stringify(schema));
  writeFileSync(policy, readFileSync(policy, 'utf8').replace(/content_type: [^}]*}/, `${form} }`));
}
