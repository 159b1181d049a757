import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { codes, type AuditEvent, type Code } from '@sealwire/core';
import { EventRenderer } from '../../src/index.js';
import { kinds, link, opened, outcomes, received, rejected, sent, writer } from './made.js';
import { flatFields, ocsfFaults } from './ocsf-faults.js';

const lineOf = (event: AuditEvent): string => new EventRenderer().render(event, writer, link);
const parsed = (line: string): Parsed => JSON.parse(line) as Parsed;
interface Parsed {
  readonly unmapped: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  readonly [name: string]: unknown;
}
const allCodes = Object.keys(codes) as Code[];

describe('an event', () => {
  test.each(kinds.flatMap((kind) => outcomes.map((outcome) => [kind, outcome] as const)))(
    'A-2: %s that is %s is a good OCSF event',
    (kind, outcome) => {
      for (const base of [sent, received, rejected, opened]) {
        for (const code of [null, base.code, 'ERR_POLICY_REPLAY', 'ERR_USAGE_TLS_NAME'] as const) {
          expect(ocsfFaults(lineOf({ ...base, kind, outcome, code }))).toEqual([]);
          const bare = { ...base, kind, outcome, code, facts: {}, messageHash: null, recordHash: null };
          const nobody = { senderId: null, recipientId: null, messageType: null, channel: null };
          expect(ocsfFaults(lineOf({ ...bare, ...nobody }))).toEqual([]);
        }
      }
    },
  );

  it('A-3: has the seven fields at the top level and in unmapped, null where there is none', () => {
    for (const event of [sent, received, rejected, opened]) {
      const line = parsed(lineOf(event));
      const flat = Object.fromEntries(flatFields.map((name) => [name, line[name]]));
      expect(flat).toEqual({
        sender_id: event.senderId,
        recipient_id: event.recipientId,
        timestamp: '2026-01-02T03:04:05.006Z',
        message_type: event.messageType,
        message_hash: event.messageHash,
        channel: event.channel,
        encryption_status: event.encryptionStatus,
      });
      expect(line.unmapped).toMatchObject(flat);
    }
  });

  it('A-3: has all that there is to it in unmapped', () => {
    expect(parsed(lineOf(rejected)).unmapped).toEqual({
      kind: 'message.rejected',
      sender_id: 'orchestrator',
      recipient_id: 'researcher',
      timestamp: '2026-01-02T03:04:05.006Z',
      message_type: 'task',
      message_hash: null,
      channel: 'tasks',
      encryption_status: 'failed',
      outcome: 'quarantined',
      code: 'ERR_INTEGRITY_SIGNATURE',
      alert: 'encryption_failure',
      record_hash: 'ef'.repeat(32),
      unverified: true,
      writer: 'researcher',
      writer_host: 'pod-17',
      pid: 4242,
      chain: link.chain,
      sequence: 7,
      previous: link.previous,
      queue: 'tasks',
      exchange: '',
      routing_key: 'tasks',
      delivery_tag: '9',
    });
  });

  it('A-8: is named by chain and sequence', () => {
    const { metadata } = parsed(lineOf(sent));
    expect(metadata['uid']).toBe(`${link.chain}:7`);
    expect(metadata['sequence']).toBe(7);
  });

  it('says what a SIEM looks for where OCSF has it', () => {
    expect(parsed(lineOf(received))).toMatchObject({
      class_uid: 6003,
      activity_id: 2,
      time: received.timestampMs,
      status_id: 1,
      actor: { app_uid: 'orchestrator', user: { uid: 'orchestrator', type_id: 99, type: 'AI Agent' } },
      api: { service: { name: 'kafka' } },
      src_endpoint: { uid: 'orchestrator' },
      dst_endpoint: { uid: 'researcher' },
      resources: [
        { type: 'agent_message', name: 'task', uid: 'ab'.repeat(32) },
        { type: 'topic', name: 'agents.tasks' },
        { type: 'channel', name: 'tasks' },
      ],
      raw_data_hash: { algorithm_id: 3, value: 'ab'.repeat(32) },
      raw_data_size: 1_234,
      trace: { uid: '4bf92f3577b34da6a3ce929d0e0e4736', span: { uid: '00f067aa0ba902b7' } },
      metadata: { original_event_uid: 'ab'.repeat(32), correlation_uid: '5c'.repeat(16) },
    });
    expect(parsed(lineOf(opened))).toMatchObject({
      class_uid: 4001,
      activity_id: 1,
      dst_endpoint: { ip: '10.1.2.3', port: 9_093, svc_name: 'kafka' },
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', certificate: { serial_number: '0A0B' } },
    });
  });

  it('is an alert where a record was refused, for whatever reason, and says what was done', () => {
    const refusals = allCodes.filter(
      (code) => /^ERR_(FORMAT|KEY|INTEGRITY|POLICY|VALIDATION)_/.test(code) && !notOfRecords.has(code),
    );
    expect(refusals.length).toBeGreaterThan(30);
    for (const code of refusals) {
      const line = parsed(lineOf({ ...rejected, code }));
      const { alert } = line.unmapped;
      expect([code, alert]).toEqual([
        code,
        expect.stringMatching(
          /^(unauthorised_communication|validation_failure|encryption_failure|unusual_pattern)$/,
        ),
      ]);
      expect(line).toMatchObject({ is_alert: true, action_id: 2, disposition: 'Quarantined' });
    }
  });

  it('is no alert where nothing was refused', () => {
    for (const event of [sent, received, opened]) {
      const line = parsed(lineOf(event));
      expect([line['is_alert'], line.unmapped['alert']]).toEqual([undefined, undefined]);
    }
  });

  it('lets no fact stand in for a field', () => {
    const facts = { kind: 'x', sender_id: 'mallory', chain: 'x', sequence: 0, alert: 'x', cut: 'x', pid: 1 };
    expect(lineOf({ ...rejected, facts: { ...facts, topic: 't' } })).toBe(
      lineOf({ ...rejected, facts: { topic: 't' } }),
    );
  });

  it('A-4: keeps a signed checkpoint whole', () => {
    const checkpoint = `${'x'.repeat(70)}\n${`seen ${'a'.repeat(110)}\n`.repeat(16)}\n— agent ${'b'.repeat(120)}\n`;
    const event: AuditEvent = { ...opened, kind: 'audit.checkpoint', facts: { checkpoint } };
    expect(parsed(lineOf(event)).unmapped).toMatchObject({ checkpoint });
  });
});

/** Codes of these classes that are about an agent’s own keys, or about copies that are skipped. */
const notOfRecords: ReadonlySet<Code> = new Set<Code>([
  'ERR_KEY_MISSING',
  'ERR_KEY_FILE',
  'ERR_KEY_TOKEN',
  'ERR_POLICY_DUPLICATE',
]);

describe('whatever names an attacker chooses', () => {
  const text = fc.oneof(
    fc.constantFrom('orchestrator', '', 'a"b', '\\', '\u00e9', '\ud800', 'x'.repeat(1_025), '7', '__proto__'),
    fc.constantFrom(
      '\u2028'.repeat(5_000),
      '\ud83d\ude00'.repeat(700),
      '\u0000'.repeat(1_100),
      'Z'.repeat(9_000),
    ),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );
  const textOrNull = fc.option(text);
  const event = fc.record({
    kind: fc.constantFrom(...kinds),
    timestampMs: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double()),
    senderId: textOrNull,
    recipientId: textOrNull,
    messageType: textOrNull,
    messageHash: fc.option(fc.oneof(text, fc.constantFrom('ab'.repeat(32), 'cd'.repeat(32)))),
    recordHash: fc.option(fc.oneof(text, fc.constantFrom('ab'.repeat(32), 'cd'.repeat(32)))),
    channel: textOrNull,
    encryptionStatus: fc.constantFrom('sealed', 'failed'),
    outcome: fc.constantFrom(...outcomes),
    code: fc.constantFrom(null, ...allCodes),
    unverified: fc.boolean(),
    facts: fc.dictionary(
      fc.oneof(
        fc.constantFrom('topic', 'offset', 'partition', 'key_id', 'host', 'port', 'tls_version', 'name'),
        fc.constantFrom(
          'trace_id',
          'span_id',
          'bytes',
          'correlation_id',
          'a"\u2028',
          'peer_issuer',
          'peer_serial',
        ),
      ),
      fc.oneof(
        text,
        fc.double(),
        fc.integer(),
        fc.constant(null),
        fc.constantFrom('ab'.repeat(16), 'cd'.repeat(8)),
      ),
    ),
  }) as fc.Arbitrary<AuditEvent>;
  const place = fc.record({
    sequence: fc.maxSafeNat(),
    previous: fc.constantFrom('00'.repeat(32), 'ff'.repeat(32)),
  });

  it('A-1, A-2: an event is one line of visible ASCII, at most 8,000 bytes, and good OCSF', () => {
    fc.assert(
      fc.property(event, (each) => {
        const line = lineOf(each);
        expect(line).toMatch(/^[ -~]*$/);
        expect(line.length).toBeLessThanOrEqual(8_000);
        expect(ocsfFaults(line)).toEqual([]);
      }),
    );
  });

  it('A-4: JSON.parse gives back what went in, but for what is cut and what is not well-formed', () => {
    fc.assert(
      fc.property(event, (each) => {
        const { unmapped, metadata } = parsed(lineOf(each));
        expect(metadata['is_truncated']).toBe(unmapped['cut']);
        const same = (is: unknown, was: string | number | null): void => {
          if (typeof was === 'number' && !Number.isFinite(was)) expect(is).toBe(null);
          else if (typeof was !== 'string')
            expect(is).toBe(was === null ? null : JSON.parse(JSON.stringify(was)));
          else {
            const text = is as string;
            const whole = was.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
            if (text !== whole) {
              expect(text.endsWith('…') && (unmapped['cut'] === true || was.length > 1_024)).toBe(true);
              expect(whole.startsWith(text.slice(0, -1))).toBe(true);
            }
          }
        };
        same(unmapped['sender_id'], each.senderId);
        same(unmapped['recipient_id'], each.recipientId);
        same(unmapped['message_type'], each.messageType);
        same(unmapped['message_hash'], each.messageHash);
        same(unmapped['channel'], each.channel);
        for (const [name, value] of Object.entries(each.facts)) same(unmapped[name], value);
      }),
    );
  });

  it('A-4: a name cannot end early for readers written in C', () => {
    const { unmapped, sender_id: sender } = parsed(
      lineOf({ ...sent, senderId: 'orchestrator\0 of mine', facts: { reason: 'a\0b' } }),
    );
    expect([sender, unmapped['sender_id'], unmapped['reason']]).toEqual([
      'orchestrator\ufffd of mine',
      'orchestrator\ufffd of mine',
      'a\ufffdb',
    ]);
  });

  it('A-17: the same arguments give the same bytes, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, place), { minLength: 1, maxLength: 6 }), (all) => {
        const renderer = new EventRenderer();
        for (const [each, { sequence, previous }] of [...all, ...all]) {
          const at = { chain: link.chain, sequence, previous };
          const expected = new EventRenderer().render(each, writer, at);
          expect(renderer.render(each, writer, at)).toBe(expected);
          expect(renderer.renderBytes(each, writer, at).toString('latin1')).toBe(expected);
        }
      }),
    );
  });

  it('A-17: events that are alike but for their numbers, too', () => {
    const alike = fc.record({
      offset: fc.maxSafeNat().map(String),
      partition: fc.nat(2_000),
      bytes: fc.option(fc.nat(), { nil: 'none' }),
      trace_id: fc.constantFrom('ab'.repeat(16), 'cd'.repeat(16), 'no trace'),
      messageHash: fc.constantFrom('ab'.repeat(32), 'cd'.repeat(32)),
      timestampMs: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(alike, place), { minLength: 2, maxLength: 20 }), (all) => {
        const renderer = new EventRenderer();
        for (const [{ messageHash, timestampMs, ...facts }, at] of all) {
          const each = { ...received, messageHash, timestampMs, facts: { topic: 't', ...facts } };
          expect(renderer.render(each, writer, { chain: link.chain, ...at })).toBe(
            new EventRenderer().render(each, writer, { chain: link.chain, ...at }),
          );
        }
      }),
    );
  });

  it('has room for facts without number', () => {
    const facts = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`fact ${i}`, 'x'.repeat(100)]));
    const line = lineOf({ ...received, facts });
    expect(line.length).toBeLessThanOrEqual(8_000);
    expect(parsed(line).unmapped).toMatchObject({ cut: true, message_hash: received.messageHash });
  });
});
