// What an open Sealwire does with its keys: rotation starts and stops with it, and the audit trail says what became of them.
import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditBatch, AuditSink } from '@sealwire/core';
import { openSealwire, type Sealwire } from 'sealwire';
import { auditEvent } from '../../../test/audit-event.js';
import { initFolder, run } from '../src/index.js';

type Event = Record<string, string>;

const open: Sealwire[] = [];
afterEach(async () => {
  for (const sealwire of open.splice(0)) await sealwire.close();
});

/** A trail in memory, and who waits for it. */
class Trail implements AuditSink {
  readonly events: Event[] = [];
  #wake: (() => void)[] = [];

  write({ lines }: AuditBatch): Promise<void> {
    this.events.push(...lines.map((line) => auditEvent<Event>(line)));
    for (const wake of this.#wake.splice(0)) wake();
    return Promise.resolve();
  }

  async has(kind: string): Promise<Event> {
    for (;;) {
      const found = this.events.find((event) => event['kind'] === kind);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }
}

async function realm(rotation: string): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), 'sealwire-care-')), 'realm');
  const { policyFile } = await initFolder({ folder, agents: ['alice', 'bob'] });
  const text = readFileSync(policyFile, 'utf8').replace(/^rotation:\n(?:[ #].*\n|\n)*/m, '');
  writeFileSync(policyFile, `${text}\nrotation:\n${rotation}`);
  return policyFile;
}

const quick = '  rotation_interval_hours: 0.0003\n  destroy_after: 2s\n';
const issuer = '  issuer_key_file: issuers/issuer-key.pem\n  issuer_passphrase_file: issuers/passphrase\n';

async function alice(policy: string): Promise<{ sealwire: Sealwire; trail: Trail }> {
  const sealwire = await openSealwire(policy, { agent: 'alice' });
  open.push(sealwire);
  const trail = new Trail();
  sealwire.outlet('kafka', trail);
  return { sealwire, trail };
}

describe('keys of an open Sealwire', () => {
  it('are rotated where the policy gives it an issuer key, and every step is in the audit trail', async () => {
    const { trail } = await alice(await realm(quick + issuer));
    for (const kind of ['key.created', 'key.rotated', 'key.destroyed']) {
      const event = await trail.has(kind);
      expect(event).toMatchObject({ sender_id: 'alice', writer: 'alice' });
      expect(event['key_id']).toMatch(/^[0-9a-f]{32}$/);
    }
    expect(JSON.stringify(trail.events)).not.toContain('PRIVATE');
  });

  it('are an operator’s matter where it has none: it follows what the operator does', async () => {
    const policy = await realm(quick);
    const { trail } = await alice(policy);
    const streams = { out: () => undefined, err: () => undefined };
    expect(
      await run(['keys', 'rotate', '--force', 'alice', 'team', '--policy', policy, '--json'], streams),
    ).toBe(0);
    await trail.has('key.rotated');
    expect(await run(['keys', 'revoke', 'bob', '--policy', policy, '--json'], streams)).toBe(0);
    expect(await trail.has('key.revoked')).toMatchObject({ name: 'bob' });
  });

  it('are left alone once it is closed', async () => {
    const policy = await realm(quick + issuer);
    const { sealwire } = await alice(policy);
    await sealwire.close();
    const file = join(policy, '..', 'directory.jsonl');
    const before = readFileSync(file, 'utf8');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('does not open with an issuer key that cannot be read', async () => {
    const policy = await realm(
      `${quick}  issuer_key_file: nowhere.pem\n  issuer_passphrase_file: issuers/passphrase\n`,
    );
    await expect(openSealwire(policy, { agent: 'alice' })).rejects.toMatchObject({ code: 'ERR_KEY_FILE' });
  });
});
