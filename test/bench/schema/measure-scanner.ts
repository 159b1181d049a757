// What the bounded Avro scanner costs a message of about 1 KiB, beside the decoder that it protects.
import { scanner } from '@sealwire/schema';
import avsc from 'avsc';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';
import { measure } from '../rounds.ts';

const schema = {
  type: 'record',
  name: 'Task',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'issued', type: 'long' },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['ASK', 'ANSWER'] } },
    { name: 'note', type: ['null', 'string'] },
    { name: 'score', type: 'double' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'attributes', type: { type: 'map', values: 'string' } },
    {
      name: 'calls',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Call',
          fields: [
            { name: 'tool', type: 'string' },
            { name: 'arguments', type: 'string' },
            { name: 'ok', type: 'boolean' },
            { name: 'milliseconds', type: 'int' },
          ],
        },
      },
    },
  ],
} satisfies avsc.Schema;

const task = {
  id: '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0',
  issued: 1_780_000_000_000,
  kind: 'ANSWER',
  note: 'please book the flight',
  score: 0.5,
  tags: ['air', 'book', 'urgent'],
  attributes: { origin: 'FRA', to: 'SFO', seat: '12A', cabin: 'économie' },
  calls: Array.from({ length: 8 }, (_, i) => ({
    tool: 'search_direct_flight',
    arguments: `{"origin":"FRA","destination":"SFO","date":"2024-05-2${String(i)}","passengers":2,"seat":"é"}`,
    ok: true,
    milliseconds: 120 + i,
  })),
};
const perRound = 5_000;

export async function measureScanner(figures: Figures, { quick }: Options): Promise<void> {
  const type = avsc.Type.forSchema(schema);
  const bytes = type.toBuffer(task);
  const scan = scanner(schema);
  const often = (name: string, call: () => void) => ({
    name,
    run() {
      for (let i = 0; i < perRound; i++) call();
      return perRound;
    },
  });
  const rounds = quick ? 5 : 31;
  const measured = await measure(
    [often('scan', () => scan(bytes)), often('avsc', () => void type.fromBuffer(bytes))],
    {
      rounds,
      warmUps: quick ? 2 : 5,
      progress: saying('scanner'),
    },
  );
  figures.section('Avro scanner', [
    `A record of ${String(bytes.length)} bytes: 8 records in an array, a map, 40 strings and numbers; ${String(rounds)} rounds, median and quartiles.`,
  ]);
  figures.add('scanner.1024.us', measured.us('scan'));
  figures.add('scanner.avsc.1024.us', measured.us('avsc'), 'decoding the same bytes');
}
