// HKDF-SHA256 against Wycheproof.
import { expect } from '@jest/globals';
import { conformance, hex, wycheproofRows } from './vector-file.js';

interface Row {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
}

conformance('wycheproof/hkdf_sha256_test.json', wycheproofRows<object, Row>('hkdf_sha256_test.json'), {
  runs: 86,
  listed: 0,
  check({ parts, primitives }, row) {
    const prk = parts.extract(hex(row.salt), hex(row.ikm));
    const expand = () => primitives.expand(prk, hex(row.info), row.size);
    if (row.result === 'valid') expect(expand().toString('hex')).toBe(row.okm);
    else expect(expand).toThrow(expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }));
  },
  refuses() {
    throw new Error('no row is listed');
  },
});
