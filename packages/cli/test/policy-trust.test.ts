// Policies that are pinned, signed and numbered: what agents accept when they start, and while they run.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { AuditSink } from '@sealwire/core';
import { openSealwire, trustDemands, type OpenedSealwire, type OpenOptions } from 'sealwire';
import { auditEvent } from '../../../test/audit-event.js';
import { initFolder } from '../src/index.js';
import { command } from './made.js';

let folder: string;
let file: string;
let original: string;
/** Public keys, and the files of the private ones. */
const keys: { readonly publicKey: string; readonly file: string }[] = [];

const json = async (...words: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await command(...words, '--json')).out) as Record<string, unknown>;

beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'sealwire-trust-')), 'realm');
  ({ policyFile: file } = await initFolder({ folder, agents: ['alice', 'bob'] }));
  writeFileSync(join(folder, 'task.schema.json'), '{"type":"object"}');
  original = readFileSync(file, 'utf8').replace(
    'content_type: application/json',
    'content_type: application/json\n        schema: task.schema.json',
  );
  for (const name of ['a', 'b']) {
    const path = join(mkdtempSync(join(tmpdir(), 'sealwire-key-')), `${name}.pem`);
    keys.push({ publicKey: String((await json('directory', 'key', path))['publicKey']), file: path });
  }
});

const schema = (text: string): void => writeFileSync(join(folder, 'task.schema.json'), text);
beforeEach(() => {
  writeFileSync(file, original);
  schema('{"type":"object"}');
  rmSync(`${file}.sig`, { force: true });
  rmSync(join(folder, 'state'), { recursive: true, force: true });
});

const open: OpenedSealwire[] = [];
let warned: { mockRestore(): void };
beforeEach(() => {
  warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
});
afterEach(async () => {
  for (const sealwire of open.splice(0)) await sealwire.close();
  warned.mockRestore();
});
async function start(options: OpenOptions = {}): Promise<OpenedSealwire> {
  const sealwire = await openSealwire(file, { agent: 'alice', watch: false, ...options });
  open.push(sealwire);
  return sealwire;
}
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error as { code: unknown }).code,
  );
const sign = (which: number) => json('policy', 'sign', file, '--key', keys[which]!.file);
const add = (text: string): void => writeFileSync(file, `${readFileSync(file, 'utf8')}${text}`);
const trusted = (threshold?: number) => ({
  policyTrust: {
    keys: keys.map(({ publicKey }) => publicKey),
    ...(threshold === undefined ? {} : { threshold }),
  },
});

describe('a signed policy', () => {
  test('is accepted by who trusts its key, and refused when it or its schema was changed, at the start and later', async () => {
    const one = { policyTrust: { keys: [keys[0]!.publicKey] } };
    expect(await codeOf(start(one))).toBe('ERR_USAGE_FILE');
    const { digest } = await sign(0);
    const sealwire = await start(one);
    add('limits: { max_message: 2MiB }\n'.replace('limits', '# limits'));
    expect(await codeOf(sealwire.reload())).toBe('ERR_USAGE_SIGNATURE');
    expect(await codeOf(start(one))).toBe('ERR_USAGE_SIGNATURE');
    expect((await sign(0))['digest']).not.toBe(digest);
    expect(await sealwire.reload()).toBe(true);
    schema('{"type":"object","maxProperties":9}');
    expect(await codeOf(sealwire.reload())).toBe('ERR_USAGE_SIGNATURE');
    await sign(0);
    expect(await sealwire.reload()).toBe(true);
  });

  test('needs as many of the trusted keys as the threshold says, each once', async () => {
    await sign(0);
    await sign(0);
    expect(await codeOf(start(trusted(2)))).toBe('ERR_USAGE_SIGNATURE');
    expect(await codeOf(start(trusted(1)))).toBe('accepted');
    await sign(1);
    expect(await codeOf(start(trusted(2)))).toBe('accepted');
    expect(JSON.parse(readFileSync(`${file}.sig`, 'utf8'))).toMatchObject({
      version: 1,
      signatures: [{}, {}],
    });
  });

  test('is not accepted for a signature of another key, of other bytes, or in a file that is none', async () => {
    await sign(1);
    expect(await codeOf(start({ policyTrust: { keys: [keys[0]!.publicKey] } }))).toBe('ERR_USAGE_SIGNATURE');
    const signed = JSON.parse(readFileSync(`${file}.sig`, 'utf8')) as { signatures: { signature: string }[] };
    const bytes = Buffer.from(signed.signatures[0]!.signature, 'base64url');
    bytes[40]! ^= 1;
    signed.signatures[0]!.signature = bytes.toString('base64url');
    const one = { policyTrust: { keys: [keys[1]!.publicKey] } };
    for (const text of [JSON.stringify(signed), '{}', 'no', '{"version":1,"digest":"","signatures":[1]}']) {
      writeFileSync(`${file}.sig`, text);
      expect(await codeOf(start(one))).toBe('ERR_USAGE_SIGNATURE');
    }
  });

  test('is told by its digest and the ids of the keys in the audit trail', async () => {
    const { digest, by } = await sign(0);
    const sealwire = await start({ policyTrust: { keys: [keys[0]!.publicKey] } });
    const events: Record<string, unknown>[] = [];
    const sink: AuditSink = {
      write({ lines }) {
        events.push(...lines.map((line) => auditEvent(line)));
        return Promise.resolve();
      },
    };
    sealwire.outlet('kafka', sink);
    await sealwire.close();
    const loaded = events.find(({ kind }) => kind === 'policy.loaded');
    expect(loaded).toMatchObject({ policy_digest: digest, signed_by: by });
  });

  test('has the same digest wherever its folder lies, and another when another file is at a name', async () => {
    const { digest } = await json('policy', 'check', file);
    const elsewhere = join(mkdtempSync(join(tmpdir(), 'sealwire-copy-')), 'copy');
    cpSync(folder, elsewhere, { recursive: true });
    const copy = join(elsewhere, 'sealwire.yaml');
    expect((await json('policy', 'check', copy))['digest']).toBe(digest);
    writeFileSync(join(elsewhere, 'task.schema.json'), '{"type": "object"}');
    expect((await json('policy', 'check', copy))['digest']).not.toBe(digest);
    expect(dirname(copy)).toBe(elsewhere);
  });
});

describe('a pinned policy', () => {
  test('is the only one that is accepted, at the start and later', async () => {
    const { digest } = await json('policy', 'check', file);
    const pinned = { policyTrust: { digest: String(digest) } };
    const sealwire = await start(pinned);
    add('# more\n');
    expect(await codeOf(sealwire.reload())).toBe('ERR_USAGE_SIGNATURE');
    expect(await codeOf(start(pinned))).toBe('ERR_USAGE_SIGNATURE');
    writeFileSync(file, original);
    expect(await sealwire.reload()).toBe(false);
  });
});

describe('what a process demands', () => {
  test('comes from its code and its environment, and neither takes back what the other demands', () => {
    const [key, other] = keys.map(({ publicKey }) => publicKey) as [string, string];
    const digest = '0'.repeat(64);
    expect(trustDemands(undefined, {})).toEqual([]);
    expect(
      trustDemands(
        { keys: [key] },
        {
          SEALWIRE_POLICY_KEYS: `${key}, ${other}`,
          SEALWIRE_POLICY_THRESHOLD: '2',
          SEALWIRE_POLICY_DIGEST: digest,
        },
      ),
    ).toEqual([
      { digest: null, keys: [key], threshold: 1 },
      { digest, keys: [key, other], threshold: 2 },
    ]);
  });

  test.each([
    [{}],
    [{ digest: 'ABC' }],
    [{ keys: ['nonsense'] }],
    [{ keys: [Buffer.alloc(65, 4).toString('base64url')] }],
    [{ threshold: 1 }],
    [{ digest: '0'.repeat(64), threshold: 1 }],
  ])('%j means nothing and is refused', (trust) => {
    expect(() => trustDemands(trust, {})).toThrow(expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }));
  });

  test.each(['SEALWIRE_POLICY_DIGEST', 'SEALWIRE_POLICY_KEYS', 'SEALWIRE_POLICY_THRESHOLD'])(
    '%s that is set and empty is no demand that is met, and refused',
    (name) => {
      expect(() => trustDemands(undefined, { [name]: '' })).toThrow(
        expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }),
      );
    },
  );

  test('a threshold is said where there are several keys, and can be met', () => {
    const both = keys.map(({ publicKey }) => publicKey);
    for (const trust of [
      { keys: both },
      { keys: both, threshold: 0 },
      { keys: both, threshold: 3 },
      { keys: [both[0]!, both[0]!], threshold: 1 },
    ])
      expect(() => trustDemands(trust, {})).toThrow(expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }));
    expect(() => trustDemands(undefined, { SEALWIRE_POLICY_THRESHOLD: '1' })).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }),
    );
  });
});

describe('verify', () => {
  test('says what agents will, by options and environment, with its exit code', async () => {
    await sign(0);
    const accepted = await command('policy', 'verify', file, '--key', keys[0]!.publicKey);
    expect([accepted.exitCode, accepted.out]).toEqual([0, expect.stringContaining('is accepted: signed by')]);
    const refused = await command('policy', 'verify', file, '--key', keys[1]!.publicKey, '--json');
    expect([refused.exitCode, JSON.parse(refused.out)]).toEqual([
      1,
      expect.objectContaining({ code: 'ERR_USAGE_SIGNATURE' }),
    ]);
    expect((await command('policy', 'verify', file)).exitCode).toBe(2);
  });
});

describe('a revision', () => {
  const revised = (revision: number | null, more = ''): void =>
    writeFileSync(
      file,
      `${original.replace('version: 1\n', `version: 1\n${revision === null ? '' : `revision: ${revision}\n`}`)}${more}`,
    );

  test('never goes back, is never given twice, and never taken away, while a process runs', async () => {
    revised(5);
    const sealwire = await start();
    revised(4);
    expect(await codeOf(sealwire.reload())).toBe('ERR_USAGE_REVISION');
    revised(5, '# more\n');
    expect(await codeOf(sealwire.reload())).toBe('ERR_USAGE_REVISION');
    revised(null);
    expect(await codeOf(sealwire.reload())).toBe('ERR_USAGE_REVISION');
    revised(6);
    expect(await sealwire.reload()).toBe(true);
  });

  test('is remembered over restarts, for the files that are a part of the policy too', async () => {
    revised(7);
    await start();
    expect(await codeOf(start())).toBe('accepted');
    schema('{"type":"object","maxProperties":9}');
    expect(await codeOf(start())).toBe('ERR_USAGE_REVISION');
    schema('{"type":"object"}');
    revised(6);
    expect(await codeOf(start())).toBe('ERR_USAGE_REVISION');
    revised(null);
    expect(await codeOf(start())).toBe('ERR_USAGE_REVISION');
    revised(8);
    expect(await codeOf(start())).toBe('accepted');
  });

  test('of a policy that was refused for something else is not used up', async () => {
    revised(2);
    const sealwire = await start();
    revised(3, 'replay: { retry_window: 1m }\n');
    expect(await codeOf(sealwire.reload())).toBe('ERR_USAGE_RELOAD');
    revised(3);
    expect(await sealwire.reload()).toBe(true);
  });

  test('that cannot be remembered is told', async () => {
    revised(2);
    await start();
    rmSync(join(folder, 'state', 'alice', 'policy'), { recursive: true });
    writeFileSync(join(folder, 'state', 'alice', 'policy'), 'no folder');
    expect(await codeOf(start())).toBe('ERR_USAGE_FILE');
  });
});
