export { keyId, type KeyPurpose } from './key-id.js';
export type {
  AeadKey,
  MacKey,
  Primitives,
  SealingKey,
  SigningKey,
  VerifyKey,
  WrappedKey,
} from './primitives.js';
