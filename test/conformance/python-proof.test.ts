// Proofs of messages through a checker in another language, which was written from PROOF.md alone (python/).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { command } from '../../packages/cli/test/made.ts';
import { exportedLine, proofRealm, textOf, trailOf } from '../../packages/cli/test/proof-fixture.ts';
import { checkInPython } from './proof-checker.ts';

(checkInPython === null ? test.skip : test)(
  'a checker in Python says of every proof what check-proof says, of good ones and of broken ones',
  async () => {
    const realm = await proofRealm();
    const { sent, received } = trailOf(realm);
    const trail = realm.file('audit.jsonl', textOf(...sent.lines, ...received.lines));
    const only = realm.file('received.jsonl', textOf(...received.lines));
    const records = realm.file('records.jsonl', realm.sealed.map((one) => `${exportedLine(one)}\n`).join(''));
    const trust = ['--directory', realm.made.directoryFile, '--root-key', realm.made.rootPublicKey];

    const good: string[] = [];
    for (const { facts } of realm.sealed) {
      const hash = facts.messageHash.toString('hex');
      const ways = [
        [trail, '--no-record'],
        [trail, '--record', records],
        [trail, '--record', records, '--with-record'],
        [only, '--record', records],
      ];
      for (const words of ways) {
        const proof = join(realm.folder, `good-${good.length}.json`);
        const { exitCode } = await command('audit', 'prove', hash, ...words, ...trust, '--out', proof);
        expect(exitCode).toBe(0);
        good.push(proof);
      }
    }
    const broken = good.slice(0, 4).flatMap((proof, at) => {
      const text = readFileSync(proof, 'utf8');
      return brokenOnes(text).map((other, i) => realm.file(`broken-${at}-${i}.json`, other));
    });
    expect(broken.length).toBeGreaterThan(100);

    const { directoryFile, rootPublicKey: rootKey } = realm.made;
    const { answers, errors } = checkInPython!({ directoryFile, rootKey, proofs: [...good, ...broken] });
    expect([errors, answers.length]).toEqual(['', good.length + broken.length]);
    expect(answers.slice(0, good.length)).toEqual(good.map(() => 'proven alice'));
    for (const [at, proof] of broken.entries()) {
      const { exitCode } = await command('audit', 'check-proof', proof, ...trust);
      expect([proof, exitCode, answers[good.length + at]]).toEqual([
        proof,
        1,
        expect.stringMatching(/^not proven/),
      ]);
    }
  },
);

/** A change of each value that a checker goes by, with the checksum made anew; some of bytes; and junk. */
function brokenOnes(text: string): string[] {
  const changed: string[] = ['junk', '{}', text.slice(0, -1), text.replace('"realm"', '"Realm"')];
  for (let at = 0; at < text.length; at += Math.ceil(text.length / 20))
    changed.push(`${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`);
  const walk = (holder: Record<string, unknown>, root: object): void => {
    for (const [name, value] of Object.entries(holder)) {
      if (['checksum', 'directory', 'at'].includes(name) || value === null) continue;
      if (typeof value === 'object') {
        walk(value as Record<string, unknown>, root);
        continue;
      }
      const others =
        typeof value === 'number'
          ? [value + 1]
          : [0, 0.5, 0.9].map((part) => flipped(value as string, part)).filter((one) => one !== value);
      for (const other of others) {
        holder[name] = other;
        changed.push(withChecksum(root));
      }
      holder[name] = value;
    }
  };
  const proof = JSON.parse(text) as Record<string, unknown>;
  walk(proof, proof);
  return changed;
}

function flipped(text: string, part: number): string {
  const at = Math.floor(text.length * part);
  const other = /[0-8a-eA-Y]/.test(text[at] ?? '') ? String.fromCharCode(text.charCodeAt(at) + 1) : 'Q';
  return `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
}

function withChecksum(proof: object): string {
  const text = `${JSON.stringify({ ...proof, checksum: '0'.repeat(64) }, null, 2)}\n`;
  return text.replace('0'.repeat(64), createHash('sha256').update(text).digest('hex'));
}
