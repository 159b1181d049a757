import { describe, expect, it } from '@jest/globals';
import { FormatError, InabilityError, inbound, judge, outbound } from '../src/index.js';
import type { InboundStages, OnTrial, OutboundStages, Received, Verified } from '../src/index.js';

/** Stages that only note their name, so that the order shows. */
function recording<Stages>(names: readonly string[], seen: string[]): Stages {
  const stage = (name: string) => (batch: unknown) => {
    seen.push(name);
    return batch;
  };
  return Object.fromEntries(names.map((name) => [name, stage(name)])) as Stages;
}

const received: Received = {
  source: { transport: 'kafka', topic: 't', partition: 0, offset: '0' },
  value: Buffer.from('value'),
  key: null,
  headers: [],
  appendedAtMs: null,
  receivedAtMs: 0,
};

const inboundNames = [
  'parse',
  'localPolicy',
  'binding',
  'freshness',
  'sender',
  'signature',
  'replay',
  'unwrap',
  'mac',
  'open',
  'validate',
];

describe('the journeys', () => {
  it('go out in one order', () => {
    const seen: string[] = [];
    const order = ['describe', 'authorise', 'validate', 'bind', 'seal', 'mac', 'sign', 'audit'];
    const { begin, finish } = outbound(recording<OutboundStages>([...order].reverse(), seen));
    finish(begin([]));
    expect(seen).toEqual(order);
  });

  it('come in in one order', async () => {
    const seen: string[] = [];
    await inbound(recording<InboundStages>([...inboundNames].reverse(), seen))([]);
    expect(seen).toEqual(inboundNames);
  });

  it('never let a record out that no stage verified', async () => {
    const stages = recording<InboundStages>(inboundNames, []);
    await expect(inbound(stages)([received])).rejects.toThrow('without an outcome');
  });

  it('answer for each record in the order given', async () => {
    const stages = recording<InboundStages>(inboundNames, []);
    const parse = (batch: readonly OnTrial[]) =>
      judge<OnTrial, never>(batch, (record) => {
        if (record.received.value?.length === 0) throw new FormatError('ERR_FORMAT_NOT_SEALED', 'empty');
        record.verified = { verified: true, received: record.received } as Verified;
      });
    const bad = { ...received, value: Buffer.alloc(0) };
    const outcomes = await inbound({ ...stages, parse })([received, bad, received]);
    expect(outcomes.map((outcome) => outcome.verified)).toEqual([true, false, true]);
  });

  it('do not compile in another order', () => {
    const wrongOutbound = (s: OutboundStages) => (batch: Parameters<OutboundStages['describe']>[0]) =>
      // @ts-expect-error mac before seal
      s.sign(s.mac(s.bind(s.validate(s.authorise(s.describe(batch))))));
    const wrongInbound = (s: InboundStages) => (batch: Parameters<InboundStages['parse']>[0]) =>
      // @ts-expect-error the data key before the signature
      s.unwrap(s.sender(s.freshness(s.binding(s.localPolicy(s.parse(batch))))));
    expect([wrongOutbound, wrongInbound]).toHaveLength(2);
  });
});

describe('judge', () => {
  const trial = (): OnTrial => ({ received, memory: null, rejected: null, verified: null });

  it('rejects what throws a verdict and lets the rest pass', () => {
    const [first, second] = [trial(), trial()];
    const passed = judge([first, second], (record) => {
      if (record === second) throw new FormatError('ERR_FORMAT_HEADER', 'bad header');
    });
    expect(passed).toEqual([first]);
    expect(second.rejected).toMatchObject({
      verified: false,
      code: 'ERR_FORMAT_HEADER',
      reason: 'bad header',
    });
  });

  it('returns the same array when all pass', () => {
    const batch = [trial(), trial()];
    expect(judge(batch, () => undefined)).toBe(batch);
  });

  it('turns a bug that a record found into a verdict, without quoting it', () => {
    const record = trial();
    judge([record], () => {
      throw new TypeError('secret payload');
    });
    expect(record.rejected?.code).toBe('ERR_FORMAT_UNEXPECTED');
    expect(record.rejected?.reason).not.toContain('secret');
  });

  it('passes inability on, and rejects nothing', () => {
    const record = trial();
    expect(() =>
      judge([record], () => {
        throw new InabilityError('ERR_UNABLE_DIRECTORY', 'expired');
      }),
    ).toThrow(InabilityError);
    expect(record.rejected).toBeNull();
  });
});
