// Sessions are written before anything refers to them, once, whoever waits.
import { describe, expect, test } from '@jest/globals';
import type { ReferredSession } from '@sealwire/core';
import type { OwnProducer } from '../src/own-producer.js';
import { SessionWriter } from '../src/session-writer.js';
import { sealedOf } from './doubles.js';

function writerOf() {
  const writes: { topic: string; key: Buffer; value: Buffer; end: (error?: Error) => void }[] = [];
  const write: OwnProducer['write'] = (topic, [message]) =>
    new Promise((resolve, reject) => {
      const { key, value } = message as { key: Buffer; value: Buffer };
      writes.push({ topic, key, value, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  return { writes, writer: new SessionWriter({ write }) };
}

const session = (name: string): ReferredSession => ({
  topic: 'sessions',
  key: Buffer.from(name),
  value: () => Buffer.from(`record of ${name}`),
});
const referringTo = (refersTo: ReferredSession | null) => ({
  sealed: { ...sealedOf(Buffer.from('x')), refersTo },
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the writer of sessions', () => {
  test('[E-32] asks for a session until it is acknowledged, and never again', async () => {
    const { writer, writes } = writerOf();
    const a = session('a');
    const records = [referringTo(null), referringTo(a), referringTo(a)];
    expect(writer.unwritten(records)).toEqual([a]);
    const writing = writer.write([a]);
    await turn();
    expect(writer.unwritten(records)).toEqual([a]);
    expect(writes).toMatchObject([{ topic: 'sessions', key: a.key, value: Buffer.from('record of a') }]);
    writes[0]!.end();
    await writing;
    expect(writer.unwritten(records)).toEqual([]);
  });

  test('[E-32] lets everybody who refers to a session wait for one write of it', async () => {
    const { writer, writes } = writerOf();
    const a = session('a');
    const both = [writer.write([a]), writer.write([a, session('b')])];
    await turn();
    expect(writes.map(({ key }) => key.toString())).toEqual(['a', 'b']);
    for (const { end } of writes) end();
    await Promise.all(both);
  });

  test('[E-32] refuses where it is not acknowledged, and writes it again for the next', async () => {
    const { writer, writes } = writerOf();
    const a = session('a');
    const refused = expect(writer.write([a])).rejects.toMatchObject({
      code: 'ERR_UNABLE_SESSIONS',
      cause: { message: 'away' },
    });
    await turn();
    writes[0]!.end(new Error('away'));
    await refused;
    expect(writer.unwritten([referringTo(a)])).toEqual([a]);
    const again = writer.write([a]);
    await turn();
    writes[1]!.end();
    await again;
    expect(writer.unwritten([referringTo(a)])).toEqual([]);
  });
});
