import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { memberOf } from '../../src/siem/parsed-event.js';
import { toEcs } from '../../src/index.js';
import { eventOf, kinds } from './event-of-each-kind.js';
import { ingest, type Pipeline } from './ingest.js';

/** What ECS 9 allows to stand together. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  api: [
    'access',
    'admin',
    'allowed',
    'change',
    'creation',
    'deletion',
    'denied',
    'end',
    'info',
    'start',
    'user',
  ],
  configuration: ['access', 'change', 'creation', 'deletion', 'info'],
  network: ['access', 'allowed', 'connection', 'denied', 'end', 'info', 'protocol', 'start'],
  process: ['access', 'change', 'end', 'info', 'start'],
  intrusion_detection: ['allowed', 'denied', 'info'],
};

const pipeline = JSON.parse(
  readFileSync(new URL('../../siem/elasticsearch-pipeline.json', import.meta.url), 'utf8'),
) as Pipeline;

describe('an event in ECS', () => {
  it.each(kinds)(
    'of the kind %s has a category, types that go with it, and everything that SIEM.md promises',
    (kind) => {
      const event = eventOf(kind);
      const document = toEcs(event);
      const [category] = memberOf(document, 'event.category') as string[];
      const types = memberOf(document, 'event.type') as string[];
      expect(types.length).toBeGreaterThan(0);
      for (const type of types) expect(allowed[category!]).toContain(type);
      expect(document).toMatchObject({
        '@timestamp': '2026-01-02T03:04:05.006Z',
        message: expect.any(String),
        event: {
          action: kind,
          dataset: 'sealwire.audit',
          id: `${'78'.repeat(16)}:9`,
          kind: event['is_alert'] === true ? 'alert' : 'event',
          outcome: expect.stringMatching(/^(success|failure|unknown)$/),
          sequence: 9,
          severity: expect.any(Number),
        },
        user: { id: 'orchestrator' },
        gen_ai: { agent: { id: 'orchestrator' } },
        host: { hostname: 'pod-17' },
        process: { pid: 4711 },
        observer: { vendor: 'Sealwire', product: 'Sealwire', version: '0.1.0' },
      });
      expect(document['sealwire']).toEqual(event['unmapped']);
    },
  );

  it('of a message has its ends, its size, its hash and its trace', () => {
    expect(toEcs(eventOf('message.sent'))).toMatchObject({
      destination: { user: { id: 'team,researcher' } },
      related: { user: ['orchestrator', 'team', 'researcher'], hash: ['ab'.repeat(32)], hosts: ['pod-17'] },
      network: { bytes: 742, application: 'kafka', direction: 'egress' },
      trace: { id: 'cd'.repeat(16) },
      span: { id: 'ef'.repeat(8) },
    });
  });

  it('of a refusal is an alert that says why', () => {
    expect(toEcs(eventOf('message.rejected'))).toMatchObject({
      event: {
        kind: 'alert',
        outcome: 'failure',
        code: 'ERR_INTEGRITY_SIGNATURE',
        reason: 'The signature does not verify.',
        severity: 4,
      },
      rule: { name: 'encryption_failure' },
      sealwire: { unverified: true },
    });
  });

  it('of a connection has the broker and what was negotiated', () => {
    expect(toEcs(eventOf('connection.opened'))).toMatchObject({
      destination: { domain: '10.1.2.3', ip: '10.1.2.3', port: 9093 },
      network: { application: 'kafka' },
      related: { hosts: ['pod-17', '10.1.2.3'], ip: ['10.1.2.3'] },
      tls: {
        established: true,
        version_protocol: 'tls',
        version: '1.3',
        cipher: 'TLS_AES_256_GCM_SHA384',
        server: {
          hash: { sha256: 'AB'.repeat(32) },
          issuer: 'CN=Example CA',
          x509: { serial_number: '0A0B', subject: { common_name: 'broker-1' } },
        },
      },
    });
  });

  it('leaves out what the event does not have', () => {
    const document = toEcs(eventOf('audit.started', { senderId: null }));
    expect(document).not.toHaveProperty('user');
    expect(document).not.toHaveProperty('destination');
    expect(document).not.toHaveProperty('tls');
    expect(toEcs({})).toMatchObject({ event: { kind: 'event', outcome: 'unknown' } });
  });

  it.each(kinds)(
    'of the kind %s is the same from the ingest pipeline, which keeps the bytes as well',
    (kind) => {
      const event = eventOf(kind);
      const line = JSON.stringify(event);
      const document = ingest(pipeline, { message: line }) as { event: Record<string, unknown> };
      expect(document.event['original']).toBe(line);
      delete document.event['original'];
      expect(document).toEqual(toEcs(event));
    },
  );
});
