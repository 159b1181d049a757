// For the other packages; applications have no need of this one.
export { keyId, type KeyPurpose } from './key-id.js';
export { merkleTree, type MerkleTree } from './merkle.js';
export { isConsistent, type TreeHead } from './merkle-consistency.js';
export { hashNode, type Hash } from './merkle-node.js';
export { pathNodes, rootOfPath, type OnNode } from './merkle-path.js';
export { noblePrimitives } from './noble-primitives.js';
export { nodePrimitives } from './node-primitives.js';
export type {
  AeadKey,
  SealedParts,
  AgreedWrap,
  MacKey,
  Primitives,
  SealingKey,
  SigningKey,
  VerifyKey,
  WrappedKey,
} from './primitives.js';
export { defaultSuiteId, suiteOf, type Suite } from './suites.js';
export { derOf } from './node/ecdsa-der.js';
