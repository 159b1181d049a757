// AES-256-GCM against Wycheproof.
import { expect } from '@jest/globals';
import { conformance, hex, wycheproofRows } from './vector-file.js';

interface Row {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

conformance('wycheproof/aes_gcm_test.json', wycheproofRows<object, Row>('aes_gcm_test.json'), {
  runs: 66,
  listed: 250,
  check({ primitives }, row) {
    const key = primitives.aeadKey(hex(row.key));
    const [iv, aad, sealed] = [hex(row.iv), hex(row.aad), hex(row.ct + row.tag)];
    const opened = key.open(iv, aad, sealed);
    if (row.result === 'valid') {
      expect(opened?.toString('hex')).toBe(row.msg);
      expect(key.seal(iv, aad, hex(row.msg)).toString('hex')).toBe(row.ct + row.tag);
    } else {
      expect(opened).toBeNull();
    }
  },
  refuses({ primitives }, row) {
    const open = () =>
      primitives.aeadKey(hex(row.key)).open(hex(row.iv), hex(row.aad), hex(row.ct + row.tag));
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }));
  },
});
