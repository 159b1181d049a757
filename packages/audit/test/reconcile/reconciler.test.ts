import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { Reconciler, type ReadEvent, type Unmatched } from '../../src/index.js';

const hour = 3_600_000;
let sequence = 0;
const event = (
  kind: string,
  writer: string,
  timeMs: number,
  unmapped: Record<string, unknown>,
): ReadEvent => ({
  chain: 'ab'.repeat(16),
  sequence: sequence++,
  uid: '',
  metadataSequence: 0,
  previous: '',
  writer,
  kind,
  timeMs,
  unmapped,
});
const hash = () => randomBytes(32).toString('hex');
const sent = (message_hash: string, timeMs: number, recipient_id = 'bob', outcome = 'acknowledged') =>
  event('message.sent', 'alice', timeMs, { message_hash, recipient_id, outcome, channel: 'tasks' });
const received = (message_hash: string, timeMs: number, writer = 'bob', more = {}) =>
  event('message.received', writer, timeMs, { message_hash, recipient_id: 'bob', channel: 'tasks', ...more });

const members = new Set(['bob team', 'carol team']);

function reconciled(events: readonly ReadEvent[]) {
  const told: Unmatched[] = [];
  const reconciler = new Reconciler({
    covers: (writer, recipient) => writer === recipient || members.has(`${writer} ${recipient}`),
    onUnmatched: (one) => told.push(one),
    graceMs: 60_000,
  });
  for (const each of [...events, event('message.duplicate', 'bob', 2 * hour, {}), sent(hash(), 2 * hour)])
    reconciler.take(each);
  return { told, counts: reconciler.end() };
}

describe('reconciling what was sent with what was received', () => {
  it('tells what was sent and never received, and what was received and never sent, with event and recipient', () => {
    const [both, lost, put] = [hash(), hash(), hash()];
    const { told, counts } = reconciled([
      sent(both, 0),
      received(both, 1),
      sent(lost, 10),
      received(put, hour),
    ]);
    expect(told.toSorted((a, b) => a.kind.localeCompare(b.kind))).toMatchObject([
      { kind: 'never_received', hash: lost, writer: 'alice', missing: ['bob'], channel: 'tasks', atMs: 10 },
      { kind: 'never_sent', hash: put, writer: 'bob', missing: [], chain: 'ab'.repeat(16) },
    ]);
    expect(counts).toMatchObject({
      sent: 3,
      received: 2,
      neverReceived: 1,
      neverSent: 1,
      underWay: 1,
      duplicates: 1,
    });
  });

  it('asks for each recipient where the audience is several; of a group one member is enough', () => {
    const [several, group, partly] = [hash(), hash(), hash()];
    const { told } = reconciled([
      sent(several, 0, 'bob,dave'),
      received(several, 1),
      received(several, 1, 'dave'),
      sent(group, 0, 'team'),
      received(group, 1, 'carol'),
      sent(partly, 0, 'dave,team'),
      received(partly, 1, 'carol'),
    ]);
    expect(told).toMatchObject([{ kind: 'never_received', hash: partly, missing: ['dave'] }]);
  });

  it('A-5: expects nobody to receive what failed, and takes it where somebody did', () => {
    const [failed, unknown] = [hash(), hash()];
    const { told, counts } = reconciled([
      sent(failed, 0, 'bob', 'failed'),
      sent(unknown, 0, 'bob', 'unknown'),
      received(unknown, 1),
    ]);
    expect(told).toEqual([]);
    expect(counts).toMatchObject({ tried: 2 });
  });

  it('does not tell what was sent at the end, or received at the beginning', () => {
    const { told, counts } = reconciled([
      received(hash(), 30_000),
      sent(hash(), 2 * hour - 30_000),
      sent(hash(), 0, 'bob', 'failed'),
    ]);
    expect(told).toEqual([]);
    expect(counts).toMatchObject({ underWay: 2, sentBefore: 1 });
  });

  it('takes the message that carried a re-driven one as received', () => {
    const [carrier, original] = [hash(), hash()];
    const { told } = reconciled([
      sent(original, 0, 'bob', 'unknown'),
      sent(carrier, 0),
      received(original, 1, 'bob', { redriven_in: carrier }),
    ]);
    expect(told).toEqual([]);
  });

  it('gives the same where it has to write to disk, and leaves nothing there', () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('sealwire-reconcile-'));
    const events: ReadEvent[] = [];
    const lost = new Set<string>();
    for (let i = 0; i < 150_000; i++) {
      const one = hash();
      events.push(sent(one, i % 1_000));
      if (i % 1_000 === 7) lost.add(one);
      else events.push(received(one, 1 + (i % 1_000)));
    }
    const { told, counts } = reconciled(events);
    expect(new Set(told.map((each) => each.hash))).toEqual(lost);
    expect(counts).toMatchObject({ sent: 150_001, received: 149_850, neverReceived: 150, neverSent: 0 });
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('sealwire-reconcile-'))).toEqual(before);
  });

  it('takes whatever stands in an event', () => {
    const odd = [null, 7, {}, [], 'x', 'f'.repeat(64)].flatMap((value) =>
      ['message.sent', 'message.received', 'message.rejected', 'message.other'].map((kind) =>
        event(kind, 'alice', 5, {
          message_hash: value,
          recipient_id: value,
          outcome: value,
          redriven_in: value,
        }),
      ),
    );
    expect(reconciled(odd).counts).toMatchObject({ rejected: 6 });
  });
});
