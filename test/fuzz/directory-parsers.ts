// Directory lines, before and behind their signatures.
import { readFileSync } from 'node:fs';
import { KeyError } from '@sealwire/core';
import { readEntries } from '../../packages/identity/dist/directory/read-document.js';
import { parseRoot } from '../../packages/identity/dist/directory/root-document.js';
import { lineOf, openLine } from '../../packages/identity/dist/directory/signed-line.js';
import { peekedLine } from '../../packages/identity/dist/directory/peeked-lines.js';
import { atOnce } from '../../packages/identity/dist/directory/work.js';
import type { Parser } from './parser.ts';

const signatures = [{ keyId: 'ab'.repeat(16), signature: Buffer.alloc(64, 1) }];

function parser(name: string, seeds: readonly Buffer[], parse: (bytes: Buffer) => unknown): Parser {
  return {
    target: 'directory',
    name,
    seeds,
    parse,
    refusal: (error) =>
      error instanceof KeyError && error.code === 'ERR_KEY_DIRECTORY'
        ? error.message.replace(/\d+/g, '#')
        : null,
    compare: () => undefined,
    make: null,
  };
}

export function directoryParsers(): Parser[] {
  const kept = new URL('corpus/directory.json', import.meta.url);
  const { payloads } = JSON.parse(readFileSync(kept, 'utf8')) as { payloads: string[] };
  const seeds = payloads.map((text) => Buffer.from(text));
  const lines = seeds.map((payload) => lineOf(payload, signatures));
  return [
    parser('line', lines, (bytes) => {
      peekedLine('fuzz', bytes);
      return atOnce(openLine('fuzz', bytes));
    }),
    parser('entries', seeds, (bytes) => atOnce(readEntries('fuzz', bytes, null, new Set()))),
    parser('root', seeds, (bytes) => parseRoot('fuzz', bytes.toString())),
  ];
}
