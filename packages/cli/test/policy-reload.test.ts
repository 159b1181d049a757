// A policy that changes under an open Sealwire: taken over whole, refused whole, and told either way.
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { AuditBatch, AuditSink, Inlet, Outgoing, Outlet, Received, Source } from '@sealwire/core';
import { openKeys } from '@sealwire/identity';
import { openSealwire, type OpenedSealwire, type OpenOptions } from 'sealwire';
import { auditEvent } from '../../../test/audit-event.js';
import { initFolder } from '../src/index.js';

let original: string;
let file: string;
beforeAll(async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'sealwire-reload-')), 'realm');
  ({ policyFile: file } = await initFolder({ folder, agents: ['alice', 'bob'] }));
  original = readFileSync(file, 'utf8');
});
beforeEach(() => writeFileSync(file, original));

type Event = Record<string, unknown>;
class Trail implements AuditSink {
  readonly events: Event[] = [];
  write({ lines }: AuditBatch): Promise<void> {
    this.events.push(...lines.map((line) => auditEvent<Event>(line)));
    return Promise.resolve();
  }
  of(kind: string): Event[] {
    return this.events.filter((event) => event['kind'] === kind);
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 300_000; !holds();) {
    if (performance.now() > end) throw new Error('it did not come to hold');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Agent {
  readonly sealwire: OpenedSealwire;
  readonly trail: Trail;
  readonly outlet: Outlet;
  readonly inlet: Inlet;
}
const open: Agent[] = [];
afterEach(async () => {
  for (const { sealwire } of open.splice(0)) await sealwire.close();
});

async function agent(name: string, options: OpenOptions = {}): Promise<Agent> {
  const sealwire = await openSealwire(file, { agent: name, watch: false, ...options });
  const trail = new Trail();
  const one = {
    sealwire,
    trail,
    outlet: sealwire.outlet('kafka', trail),
    inlet: sealwire.inlet('kafka', trail),
  };
  open.push(one);
  return one;
}

const topic = 'agent-messages';
const message = (more: Partial<Outgoing> = {}): Outgoing => ({
  destination: { transport: 'kafka', topic },
  payload: Buffer.from('{"task":1}'),
  key: null,
  headers: [],
  partition: 0,
  description: { type: 'agent.message' },
  ...more,
});
let offset = 0;
function received({ value, key, headers }: ReturnType<Outlet['seal']>[number], from = topic): Received {
  const source: Source = { transport: 'kafka', topic: from, partition: 0, offset: `${offset++}` };
  return { source, value, key, headers, appendedAtMs: null, receivedAtMs: Date.now() };
}
const judged = async (inlet: Inlet, records: readonly Received[]): Promise<readonly string[]> =>
  (await inlet.open(records, null)).map((one) =>
    one.verified ? 'verified' : 'code' in one ? one.code : 'plain',
  );
const sent = ({ outlet }: Agent, count = 1, more: Partial<Outgoing> = {}) =>
  outlet.seal(Array.from({ length: count }, () => message(more))).map((sealed) => received(sealed));

/** @returns the text as it is now */
function change(from: string | RegExp, to: string): string {
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`the policy has no ${String(from)}`);
  writeFileSync(file, changed);
  return changed;
}
const withSecond = (): string =>
  change(
    /^ {4}messages:\n/m,
    `    messages:
      - { type: second, from: [alice], to: [team], content_type: application/json }
`,
  );
const refusal = (promise: Promise<unknown>): Promise<{ code: string; message: string }> =>
  promise.then(
    () => {
      throw new Error('it was taken over');
    },
    (error: unknown) => error as { code: string; message: string },
  );

describe('a policy that changed', () => {
  test('is in force for the next batch, at both ends, and audited with hash and difference', async () => {
    const [alice, bob] = [await agent('alice'), await agent('bob')];
    const second = { description: { type: 'second' } };
    expect(() => sent(alice, 1, second)).toThrow(expect.objectContaining({ code: 'ERR_POLICY_TYPE' }));
    withSecond();
    expect(await alice.sealwire.reload()).toBe(true);
    const record = sent(alice, 1, second);
    expect(await judged(bob.inlet, record)).toEqual(['ERR_POLICY_TYPE']);
    expect(await bob.sealwire.reload()).toBe(true);
    expect(await judged(bob.inlet, record)).toEqual(['verified']);
    expect(await bob.sealwire.reload()).toBe(false);
    await until(() => bob.trail.of('policy.changed').length === 1);
    const [loaded, changed] = [bob.trail.of('policy.loaded')[0]!, bob.trail.of('policy.changed')[0]!];
    expect(changed).toMatchObject({
      sender_id: 'bob',
      previous_hash: loaded['policy_hash'],
      weaker: 1,
      stronger: 0,
      changes: 'weaker: channels.agent-messages.messages.second added',
    });
    expect(changed['policy_hash']).not.toBe(loaded['policy_hash']);
  });

  test('denies what it takes away, also to who is sending and receiving already', async () => {
    withSecond();
    const [alice, bob] = [await agent('alice'), await agent('bob')];
    bob.inlet.checkSource({ transport: 'kafka', topic, partition: 0, offset: '0' });
    const [before] = sent(alice, 1, { description: { type: 'second' } });
    expect(await judged(bob.inlet, [before!])).toEqual(['verified']);
    const [late] = sent(alice, 1, { description: { type: 'second' } });
    writeFileSync(file, original);
    await Promise.all([alice.sealwire.reload(), bob.sealwire.reload()]);
    expect(() => sent(alice, 1, { description: { type: 'second' } })).toThrow(
      expect.objectContaining({ code: 'ERR_POLICY_TYPE' }),
    );
    const [good] = sent(alice);
    expect(await judged(bob.inlet, [late!, good!])).toEqual(['ERR_POLICY_TYPE', 'verified']);
  });

  test('leaves sessions of permissions that stay as they are, and gives changed ones new ones', async () => {
    const { sealwire, outlet } = await agent('alice');
    const sessionOf = () => outlet.seal([message()])[0]!;
    const instance = ({ facts }: ReturnType<typeof sessionOf>): string => facts.nonce.toString('hex', 0, 16);
    const head = ({ value }: ReturnType<typeof sessionOf>): string => value!.toString('hex', 0, 200);
    const first = sessionOf();
    withSecond();
    await sealwire.reload();
    const after = sessionOf();
    expect([instance(after), head(after)]).toEqual([instance(first), head(first)]);
    change('max_age: 24h', 'max_age: 1h');
    await sealwire.reload();
    const changed = sessionOf();
    // Nonces go on: receivers know the instance.
    expect(instance(changed)).toBe(instance(first));
    expect(head(changed)).not.toBe(head(first));
  });

  test('a topic that is mapped no more makes its readers wait, and is read on when it is back', async () => {
    const [alice, bob] = [await agent('alice'), await agent('bob')];
    bob.inlet.checkSource({ transport: 'kafka', topic, partition: 0, offset: '0' });
    const record = sent(alice);
    change(`topics: [${topic}]`, 'topics: [another]');
    await bob.sealwire.reload();
    const refused = await refusal(bob.inlet.open(record, null));
    expect(refused.code).toBe('ERR_UNABLE_POLICY');
    expect(() => bob.sealwire.replay.window(topic)).toThrow(
      expect.objectContaining({ code: 'ERR_UNABLE_POLICY' }),
    );
    expect(() => bob.sealwire.replay.window('never')).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE_CHANNEL' }),
    );
    writeFileSync(file, original);
    await bob.sealwire.reload();
    expect(await judged(bob.inlet, record)).toEqual(['verified']);
  });

  test('judges no batch that began before: that one is judged wholly by the policy of its beginning', async () => {
    const path = join(dirname(file), 'number.schema.json');
    const schema = (type: string): string =>
      JSON.stringify({ type: 'object', properties: { task: { type } } });
    writeFileSync(path, schema('integer'));
    change(
      'content_type: application/json',
      'content_type: application/json\n        schema: number.schema.json',
    );
    const alice = await agent('alice');
    const record = sent(alice);
    // A key store that answers when it is told to: the batch waits in its middle.
    let asked = 0;
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const folder = dirname(file);
    const bob = await agent('bob', {
      keyStore: async (parts) => {
        const store = await openKeys({
          ...parts,
          folder: join(folder, 'keys'),
          passphrase: { file: join(folder, 'secrets', 'bob.passphrase') },
        });
        const unwrap: typeof store.unwrap = async (...given) => {
          asked++;
          await answered;
          return store.unwrap(...given);
        };
        return new Proxy(store, {
          get(_, key) {
            const own: unknown = Reflect.get(store, key, store);
            return key === 'unwrap' ? unwrap : typeof own === 'function' ? (own.bind(store) as unknown) : own;
          },
        });
      },
    });
    const opening = bob.inlet.open(record, null);
    await until(() => asked === 1);
    writeFileSync(path, schema('string'));
    expect(await bob.sealwire.reload()).toBe(true);
    answer();
    expect((await opening)[0]).toMatchObject({ verified: true });
    expect(await judged(bob.inlet, record)).toEqual(['ERR_POLICY_TYPE']);
  });
});

describe('a mode that changed', () => {
  test('holds for the next batch: what migrates admits plaintext, what is enforced does not any more', async () => {
    const bob = await agent('bob');
    const source: Source = { transport: 'kafka', topic, partition: 0, offset: '0' };
    const plain = {
      source,
      value: Buffer.from('{}'),
      key: null,
      headers: [],
      appendedAtMs: null,
      receivedAtMs: Date.now(),
    };
    expect(await judged(bob.inlet, [plain])).toEqual(['ERR_FORMAT_NOT_SEALED']);
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    change(
      'max_age: 24h',
      `max_age: 24h\n    mode: migrate\n    plaintext: { insecure_until: ${until}, insecure_from: anybody }`,
    );
    expect(await bob.sealwire.reload()).toBe(true);
    expect(await judged(bob.inlet, [plain])).toEqual(['plain']);
    writeFileSync(file, original);
    expect(await bob.sealwire.reload()).toBe(true);
    expect(await judged(bob.inlet, [plain])).toEqual(['ERR_FORMAT_NOT_SEALED']);
  });
});

describe('a payload schema that changed', () => {
  const schema = (max: number): string =>
    JSON.stringify({
      type: 'object',
      properties: { task: { type: 'integer', maximum: max } },
      required: ['task'],
    });

  test('is taken over with its policy, without a change to the file itself', async () => {
    const path = join(dirname(file), 'task.schema.json');
    writeFileSync(path, schema(10));
    change(
      'content_type: application/json',
      'content_type: application/json\n        schema: task.schema.json',
    );
    const [alice, bob] = [await agent('alice'), await agent('bob')];
    const big = { payload: Buffer.from('{"task":7}') };
    const records = sent(alice, 1, big);
    expect(await judged(bob.inlet, records)).toEqual(['verified']);
    writeFileSync(path, schema(5));
    expect(await Promise.all([alice.sealwire.reload(), bob.sealwire.reload()])).toEqual([true, true]);
    expect(() => sent(alice, 1, big)).toThrow(expect.objectContaining({ code: 'ERR_VALIDATION_PAYLOAD' }));
    // Sent by the schema that was: another hash.
    expect(await judged(bob.inlet, records)).toEqual(['ERR_POLICY_TYPE']);
    expect(await judged(bob.inlet, sent(alice, 1, { payload: Buffer.from('{"task":3}') }))).toEqual([
      'verified',
    ]);
    await until(() => bob.trail.of('policy.changed').length === 1);
    expect(bob.trail.of('policy.changed')[0]).toMatchObject({ weaker: 0, stronger: 0, other: 0 });
  });
});

describe('a policy that is refused', () => {
  let alice: Agent;
  let bob: Agent;
  beforeAll(async () => {
    writeFileSync(file, original);
    [alice, bob] = [await agent('alice'), await agent('bob')];
    bob.sealwire.connection('kafka');
    open.length = 0;
  });
  test.each<[string, () => unknown, string, RegExp]>([
    [
      'is no YAML',
      () => writeFileSync(file, 'version: 1\n  broken: ['),
      'ERR_USAGE_POLICY',
      /sealwire\.yaml:2:/,
    ],
    ['is gone', () => rmSync(file), 'ERR_USAGE_FILE', /ENOENT/],
    [
      'is cut off',
      () => writeFileSync(file, original.slice(0, 700)),
      'ERR_USAGE_POLICY',
      /channels is missing/,
    ],
    [
      'names somebody unknown',
      () => change('from: [alice', 'from: [mallory, alice'),
      'ERR_USAGE_POLICY',
      /:\d+:\d+: .*mallory/,
    ],
    [
      'names a schema that is not there',
      () =>
        change('content_type: application/json', 'content_type: application/json\n        schema: none.json'),
      'ERR_USAGE_FILE',
      /none\.json/,
    ],
    [
      'names a CA that is not there',
      () => change('ca_file: tls/ca.crt', 'ca_file: tls/none.crt'),
      'ERR_USAGE_TLS',
      /none\.crt/,
    ],
    [
      'has another epoch',
      () => change('epoch: 24h', 'epoch: 1h'),
      'ERR_USAGE_RELOAD',
      /:\d+:\d+: session\.epoch: 24h became 1h/,
    ],
    ['remembers longer', () => change('max_age: 24h', 'max_age: 48h'), 'ERR_USAGE_RELOAD', /max_age/],
    [
      'has another realm',
      () => change(/realm: '?[0-9a-f]{32}'?/, `realm: '${'0'.repeat(32)}'`),
      'ERR_USAGE_POLICY',
      /realm is not the directory/,
    ],
  ])('because it %s leaves the last good one in force', async (_, break_, code, told) => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { sealwire, inlet, trail } = bob;
    const earlier = trail.of('policy.refused').length;
    try {
      break_();
      const { code: found, message: reason } = await refusal(sealwire.reload());
      expect([found, reason]).toEqual([code, expect.stringMatching(told)]);
      // Once for each fault, however often it is tried.
      if (code === 'ERR_USAGE_RELOAD') await refusal(sealwire.reload());
      expect(
        (warned.mock.calls as unknown[][]).filter(([, name]) => name === 'SealwireWarning'),
      ).toHaveLength(1);
      expect(await judged(inlet, sent(alice))).toEqual(['verified']);
      await until(() => trail.of('policy.refused').length === earlier + 1);
      const refused = trail.of('policy.refused').at(-1);
      expect(refused).toMatchObject({ code, policy_hash: trail.of('policy.loaded')[0]!['policy_hash'] });
      writeFileSync(file, original);
      if (code === 'ERR_USAGE_RELOAD') expect(await sealwire.reload()).toBe(false);
    } finally {
      warned.mockRestore();
    }
  });
  afterAll(() => Promise.all([alice.sealwire.close(), bob.sealwire.close()]));

  test('because a topic would go to another channel, or back to it by way of none', async () => {
    const { sealwire } = await agent('bob');
    const policyWith = (own: string, other: string): string =>
      original
        .replace(`topics: [${topic}]`, `topics: [${own}]`)
        .replace(
          /^channels:\n/m,
          `channels:\n  other:\n    kafka: { topics: [${other}] }\n    messages: [{ type: t, from: [alice], to: [bob], content_type: a/b }]\n`,
        );
    writeFileSync(file, policyWith('free', 'others'));
    expect(await sealwire.reload()).toBe(true);
    writeFileSync(file, policyWith('free', topic));
    const { code, message: reason } = await refusal(sealwire.reload());
    expect([code, reason]).toEqual([
      'ERR_USAGE_RELOAD',
      expect.stringContaining('was of the channel agent-messages'),
    ]);
  });

  test('because its producers were told of a longer max_age', async () => {
    const { sealwire } = await agent('alice');
    expect(sealwire.replay.shortestMaxAgeMs).toBe(86_400_000);
    change('max_age: 24h', 'max_age: 1h');
    expect(await refusal(sealwire.reload())).toMatchObject({ code: 'ERR_USAGE_RELOAD' });
  });

  test('because the Sealwire is closed', async () => {
    const { sealwire } = await agent('alice');
    await sealwire.close();
    expect(await refusal(sealwire.reload())).toMatchObject({ code: 'ERR_USAGE_CLOSED' });
  });
});

describe('a watched policy', () => {
  const changedIn = ({ trail }: Agent) => trail.of('policy.changed').length;

  test('is taken over when it is written over, renamed over, or a link to it is turned', async () => {
    const folder = dirname(file);
    const bob = await agent('bob', { watch: true });
    withSecond();
    await until(() => changedIn(bob) === 1);
    writeFileSync(`${file}.new`, original);
    renameSync(`${file}.new`, file);
    await until(() => changedIn(bob) === 2);
    // As Kubernetes shows a ConfigMap: a link to a link to a folder, which is turned.
    for (const [name, text] of [
      ['v1', original],
      ['v2', original.replace('max_message: 1MiB', 'max_message: 2MiB')],
    ] as const) {
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, 'sealwire.yaml'), text);
    }
    symlinkSync('v1', join(folder, '..data'));
    rmSync(file);
    symlinkSync(join('..data', 'sealwire.yaml'), file);
    symlinkSync('v2', join(folder, '..new'));
    renameSync(join(folder, '..new'), join(folder, '..data'));
    await until(() => changedIn(bob) === 3);
    expect(bob.sealwire.maxMessageBytes).toBe(2 * 1024 * 1024);
    rmSync(file);
  });

  test('what changed while it was being opened is seen as well', async () => {
    const opening = agent('bob', { watch: true });
    withSecond();
    const bob = await opening;
    await until(() => changedIn(bob) === 1);
  });
});
