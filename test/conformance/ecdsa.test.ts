// ECDSA P-256 with 64-byte signatures against Wycheproof.
import { expect } from '@jest/globals';
import { conformance, hex, wycheproofRows } from './vector-file.js';

interface Group {
  readonly publicKey: { readonly uncompressed: string };
}

interface Row {
  readonly msg: string;
  readonly sig: string;
}

const file = 'ecdsa_secp256r1_sha256_p1363_test.json';

conformance(`wycheproof/${file}`, wycheproofRows<Group, Row>(file), {
  runs: 262,
  listed: 0,
  check({ primitives }, row) {
    const key = primitives.verifyKey(hex(row.publicKey.uncompressed));
    expect(key?.verify(hex(row.msg), hex(row.sig))).toBe(row.result === 'valid');
  },
  refuses() {
    throw new Error('no row is listed');
  },
});
