// HMAC-SHA256 against Wycheproof.
import { expect } from '@jest/globals';
import { conformance, hex, wycheproofRows } from './vector-file.js';

interface Row {
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
}

conformance('wycheproof/hmac_sha256_test.json', wycheproofRows<object, Row>('hmac_sha256_test.json'), {
  runs: 87,
  listed: 87,
  check({ hmac, primitives }, row) {
    const [key, message, tag] = [hex(row.key), hex(row.msg), hex(row.tag)];
    expect(hmac(key, message).equals(tag)).toBe(row.result === 'valid');
    if (key.length === 32 && message.length === 32) {
      const mac = primitives.macKey(key).mac(message.toString('latin1'));
      expect(mac === tag.toString('latin1')).toBe(row.result === 'valid');
    }
  },
  refuses({ hmac }, row) {
    expect(hmac(hex(row.key), hex(row.msg)).equals(hex(row.tag))).toBe(false);
  },
});
