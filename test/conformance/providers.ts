// Both providers, with the internal functions that vectors need and `Primitives` does not offer.
import type { Primitives } from '@sealwire/crypto';
import type { HpkeParts, AgreementKey } from '../../packages/crypto/src/hpke.js';
import { agreementKey as nodeAgreementKey } from '../../packages/crypto/src/node/ecdh.js';
import { expand as nodeExpand, extract as nodeExtract } from '../../packages/crypto/src/node/hkdf.js';
import { HmacSha256 } from '../../packages/crypto/src/node/hmac.js';
import { nodePrimitives } from '../../packages/crypto/src/node-primitives.js';
import { agreementKey as nobleAgreementKey } from '../../packages/crypto/src/noble/ecdh.js';
import {
  expand as nobleExpand,
  extract as nobleExtract,
  hmacSha256 as nobleHmac,
} from '../../packages/crypto/src/noble/hash.js';
import { noblePrimitives } from '../../packages/crypto/src/noble-primitives.js';

export interface Provider {
  readonly name: string;
  readonly primitives: Primitives;
  readonly parts: HpkeParts;
  agreementKey(privateKey: Buffer): AgreementKey;
  hmac(key: Buffer, message: Buffer): Buffer;
}

export const providers: readonly Provider[] = [
  {
    name: 'node',
    primitives: nodePrimitives,
    parts: { extract: nodeExtract, expand: nodeExpand, aeadKey: nodePrimitives.aeadKey },
    agreementKey: nodeAgreementKey,
    hmac: (key, message) => Buffer.from(new HmacSha256(key).macOf(message), 'latin1'),
  },
  {
    name: 'noble',
    primitives: noblePrimitives,
    parts: { extract: nobleExtract, expand: nobleExpand, aeadKey: noblePrimitives.aeadKey },
    agreementKey: nobleAgreementKey,
    hmac: nobleHmac,
  },
];
