// What a record of a session topic is held to before messages may refer to it (envelope/SPEC.md E-33).
import { describe, expect, it } from '@jest/globals';
import type { OfferedSession, PublicKey } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { build } from '../../envelope/test/reference.js';
import { world } from '../../envelope/test/world.js';
import { decodeSession, sessionMessage } from '@sealwire/envelope';
import { sessionRules } from '../src/session-rules.js';
import type { StageParts } from '../src/stages.js';

const w = world();
const session = decodeSession(build().session);
const signedBy = (byte: number): OfferedSession => ({
  reference: session.hash.toString('latin1', 0, 16),
  session: session.bytes,
  signature: primitives.signingKey(Buffer.alloc(32, byte)).sign(sessionMessage(session.hash)),
  senderKeyId: session.senderKeyId.toString('latin1'),
});

function rulesWith(key: PublicKey | null) {
  const directory = { ...w.directory, signingKey: () => key };
  return sessionRules({ directory, primitives, epochMs: 1000 } as unknown as StageParts, []);
}

describe('the signature of a session', () => {
  it('[E-33] is its sender’s, under a key that the directory has as that sender’s', () => {
    expect(rulesWith(w.aliceKey).isSigned(signedBy(0x11))).toBe(true);
    expect(rulesWith(w.aliceKey).isSigned(signedBy(0x12))).toBe(false);
    expect(rulesWith({ ...w.aliceKey, owner: 'mallory' }).isSigned(signedBy(0x11))).toBe(false);
    expect(rulesWith(null).isSigned(signedBy(0x11))).toBe(false);
  });

  it('is not needed for a key that is not listed: its messages are judged by that', () => {
    const { senderKeyId } = signedBy(0x11);
    expect([rulesWith(w.aliceKey).isListed(senderKeyId), rulesWith(null).isListed(senderKeyId)]).toEqual([
      true,
      false,
    ]);
  });

  it('[E-33] stands in a record under its hash; all else is no record', () => {
    const { read } = rulesWith(w.aliceKey);
    for (const [key, value] of [
      [null, session.bytes],
      [session.hash, null],
      [session.hash, session.bytes],
    ] as const)
      expect(read(key, value)).toBeNull();
  });
});
