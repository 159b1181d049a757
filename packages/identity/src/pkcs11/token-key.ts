// A private key inside a token: it signs and agrees there, the rest of HPKE happens here.
import { createHash } from 'node:crypto';
import { InabilityError } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import { notForThis, opened, type HeldKey, type HeldPurpose } from '../held-key.js';
import { ck } from './constants.js';
import type { Cryptoki, Handle } from './library.js';
import type { TokenLink } from './token-link.js';
import { find, type PairName } from './token-objects.js';

const signatureBytes = 64;

/** What a key is, apart from the token. */
export interface TokenKeyFacts {
  readonly purpose: HeldPurpose;
  readonly keyId: Buffer;
  readonly publicKey: Buffer;
  /** How its objects are called in the token. */
  readonly pair: PairName;
}

/** See HeldKey. Every operation is asynchronous. */
export function tokenKey(facts: TokenKeyFacts, link: TokenLink, primitives: Primitives): HeldKey {
  const { purpose, keyId, publicKey, pair } = facts;
  let handle: Handle | null = null;
  let generation = -1;
  let isForgotten = false;
  /** A signature of this key's has been seen to verify. */
  let isProven = false;

  function handleIn(cryptoki: Cryptoki, session: Handle): Handle {
    if (isForgotten) throw gone();
    if (handle === null || generation !== link.generation) {
      handle = find(cryptoki, session, ck.CKO_PRIVATE_KEY, pair)[0] ?? null;
      generation = link.generation;
    }
    if (handle === null) throw gone();
    return handle;
  }

  async function sign(message: Buffer): Promise<Buffer> {
    const digest = createHash('sha256').update(message).digest();
    const signature = await link.run(async (cryptoki, session) => {
      cryptoki.C_SignInit(session, { mechanism: ck.CKM_ECDSA, parameter: null }, handleIn(cryptoki, session));
      return cryptoki.C_SignAsync(session, digest, Buffer.alloc(signatureBytes));
    });
    // Once: a pair that does not belong together would have every message refused.
    isProven ||= primitives.verifyKey(publicKey)?.verify(message, signature) ?? false;
    if (!isProven || signature.length !== signatureBytes) throw wrong();
    return signature;
  }

  async function unwrap(encapsulated: Buffer, wrapped: Buffer, info: Buffer): Promise<Buffer> {
    // Before the token is asked: an invalid point is a verdict, and what a token would make of it is its own affair.
    if (!primitives.isPoint(encapsulated)) return opened(null);
    const secret = await link.run(async (cryptoki, session, { ecdhParameters }) => {
      const derived = await cryptoki.C_DeriveKeyAsync(
        session,
        {
          mechanism: ck.CKM_ECDH1_DERIVE,
          parameter: { type: ecdhParameters, kdf: ck.CKD_NULL, publicData: encapsulated },
        },
        handleIn(cryptoki, session),
        // The shared secret of one wrap, not the key: it lives in this session, and leaves it once.
        [
          { type: ck.CKA_CLASS, value: ck.CKO_SECRET_KEY },
          { type: ck.CKA_KEY_TYPE, value: ck.CKK_GENERIC_SECRET },
          { type: ck.CKA_VALUE_LEN, value: 32 },
          { type: ck.CKA_TOKEN, value: false },
          { type: ck.CKA_SENSITIVE, value: false },
          { type: ck.CKA_EXTRACTABLE, value: true },
        ],
      );
      const [value] = cryptoki.C_GetAttributeValue(session, derived, [{ type: ck.CKA_VALUE }]);
      cryptoki.C_DestroyObject(session, derived);
      return value?.value;
    });
    if (secret?.length !== 32) throw wrong();
    return opened(primitives.unwrapAgreed({ secret, recipient: publicKey, encapsulated, wrapped, info }));
  }

  return {
    purpose,
    keyId,
    publicKey,
    sign: purpose === 'message-signing' ? sign : notForThis,
    unwrap: purpose === 'sealing' ? unwrap : notForThis,
    forget() {
      isForgotten = true;
      handle = null;
    },
  };
}

function gone(): InabilityError {
  return new InabilityError(
    'ERR_UNABLE_KEY_STORE',
    'The token no longer has this key: put it back, or rotate.',
  );
}

function wrong(): InabilityError {
  return new InabilityError(
    'ERR_UNABLE_KEY_STORE',
    'The token answers wrongly for this key: nothing was sent or opened. Check the token, and rotate the key.',
  );
}
