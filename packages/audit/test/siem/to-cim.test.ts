import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { toCim } from '../../src/index.js';
import { eventOf, kinds } from './event-of-each-kind.js';

const file = (name: string): string =>
  readFileSync(new URL(`../../siem/splunk/${name}`, import.meta.url), 'utf8');

/** What CIM prescribes for `action` in the two models. */
const actions = {
  Network_Traffic: ['allowed', 'blocked', 'teardown'],
  Change: [
    'acl_modified',
    'cleared',
    'created',
    'deleted',
    'modified',
    'read',
    'stopped',
    'updated',
    'started',
  ],
};

const isTraffic = (kind: string): boolean => /^(message|connection)\./.test(kind);

describe('an event in CIM', () => {
  it.each(kinds)('of the kind %s has the tags and the action of its model, and the seven fields', (kind) => {
    const event = eventOf(kind);
    const fields = toCim(event);
    const tags = isTraffic(kind) ? ['network', 'communicate'] : ['change'];
    expect(fields['tag']).toEqual([...tags, ...(event['is_alert'] === true ? ['alert'] : [])]);
    expect(actions[isTraffic(kind) ? 'Network_Traffic' : 'Change']).toContain(fields['action']);
    expect(fields).toMatchObject({
      _time: Date.UTC(2026, 0, 2, 3, 4, 5, 6) / 1_000,
      vendor_product: 'Sealwire',
      id: `${'78'.repeat(16)}:9`,
      signature_id: kind,
      severity: expect.stringMatching(/^(informational|low|medium|high)$/),
      user: 'orchestrator',
      dvc: 'pod-17',
      description: event['message'],
      type: event['is_alert'] === true ? 'alert' : 'event',
    });
    for (const name of [
      'sender_id',
      'recipient_id',
      'timestamp',
      'message_type',
      'message_hash',
      'channel',
      'encryption_status',
    ])
      expect(fields[name]).toBe(event[name] ?? undefined);
  });

  it('of a message has its ends and its size', () => {
    expect(toCim(eventOf('message.received'))).toMatchObject({
      action: 'allowed',
      src: 'orchestrator',
      dest: 'team,researcher',
      bytes: 742,
      app: 'kafka',
      transport: 'tcp',
    });
  });

  it('of a refusal is an alert that says why', () => {
    expect(toCim(eventOf('message.rejected'))).toMatchObject({
      action: 'blocked',
      status: 'failure',
      signature: 'encryption_failure',
      reason: 'ERR_INTEGRITY_SIGNATURE',
      severity: 'high',
    });
  });

  it('of a connection has the broker and what was negotiated', () => {
    expect(toCim(eventOf('connection.opened'))).toMatchObject({
      src: 'pod-17',
      dest: '10.1.2.3',
      dest_port: 9093,
      ssl_version: 'TLSv1.3',
      ssl_cipher: 'TLS_AES_256_GCM_SHA384',
    });
  });

  it('of a key or a policy names it as the object that was changed', () => {
    expect(toCim(eventOf('key.revoked'))).toMatchObject({ object: '34'.repeat(16), object_category: 'key' });
    expect(toCim(eventOf('policy.changed'))).toMatchObject({
      object: '56'.repeat(32),
      object_category: 'policy',
    });
  });

  it('is made of the same table in Splunk', () => {
    const rows = kinds.map((kind) => {
      const { action, object_category: category = '', change_type: type = '' } = toCim(eventOf(kind));
      return [kind, action, category, type].join(',');
    });
    const [head, ...lines] = file('lookups/sealwire_kinds.csv').trimEnd().split('\n');
    expect(head).toBe('kind,action,object_category,change_type');
    expect(lines.sort()).toEqual(rows.sort());
  });

  it('has no field that Splunk’s configuration does not make, and the other way round', () => {
    const props = file('props.conf');
    const made = [...props.matchAll(/^EVAL-(\w+) =/gm)].map(([, name]) => name!);
    const looked = /OUTPUT (.*)$/m.exec(props)![1]!.split(' ');
    // By Splunk itself: from the JSON, from TIME_FORMAT, from tags.conf.
    const own = /^(_time|tag|sender_id|recipient_id|timestamp|message_\w+|channel|encryption_status)$/;
    const names = new Set(kinds.flatMap((kind) => Object.keys(toCim(eventOf(kind)))));
    expect([...names].filter((name) => !own.test(name)).sort()).toEqual([...made, ...looked].sort());
  });
});
