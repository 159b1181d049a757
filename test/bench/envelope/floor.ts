// The least that a message costs with node:crypto: its cryptography alone, in batches, without any format around it.
import { randomBytes } from 'node:crypto';
import { nodePrimitives, type AeadKey, type MacKey } from '@sealwire/crypto';
import { randomPayloads } from '../payloads.ts';
import type { Variant } from '../rounds.ts';

const leafBytes = 65;
/** S ‖ header, and all of the hashed content but the body: as long as a real message’s. */
const aadBytes = 62;
const contentOverheadBytes = 102;

/** One AES-256-GCM and five hashes a message, one signature (or verification) a batch. */
export function floorVariants(
  bytes: number,
  batchSize: number,
  messages: number,
  names: { readonly seal: string; readonly open: string },
): Variant[] {
  const primitives = nodePrimitives;
  const signing = primitives.signingKey(primitives.generatePrivateKey());
  const verifying = primitives.verifyKey(signing.publicKey)!;
  const root = randomBytes(97);
  const iv = Buffer.alloc(12);
  const aad = randomBytes(aadBytes);
  const leaf = randomBytes(leafBytes);
  const content = randomBytes(bytes + contentOverheadBytes + 16);
  const payloads = randomPayloads(batchSize, bytes);

  const hashes = (mac: MacKey, body: Buffer): void => {
    content.set(body, 0);
    leaf.write(mac.mac(primitives.hash(content)), 1, 'latin1');
    primitives.hash(leaf); // the message hash
    primitives.hash(leaf); // its share of the tree
  };
  const newKeys = (): [AeadKey, MacKey] => [
    primitives.aeadKey(primitives.randomBytes(32)),
    primitives.macKey(primitives.randomBytes(32)),
  ];
  const [aead, mac] = newKeys();
  const sealed = payloads.map((payload) => aead.seal(iv, aad, payload));
  const signature = signing.sign(root);
  const batches = messages / batchSize;
  return [
    {
      name: names.seal,
      run() {
        for (let batch = 0; batch < batches; batch++) {
          const [encryption, hmac] = newKeys();
          for (const payload of payloads) hashes(hmac, encryption.seal(iv, aad, payload));
          signing.sign(root);
        }
        return messages;
      },
    },
    {
      name: names.open,
      run() {
        for (let batch = 0; batch < batches; batch++) {
          for (const body of sealed) {
            hashes(mac, body);
            aead.open(iv, aad, body);
          }
          verifying.verify(root, signature);
        }
        return messages;
      },
    },
  ];
}
