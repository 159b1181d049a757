// Signs evidence of rejections, so that their messages can be re-driven (SPEC.md §2).
import { isRedrivable, KeyError, redriveType, type Rejected, type Signer } from '@sealwire/core';
import { encodeEvidence, encodeRejection, rejectionMessage } from '@sealwire/envelope';
import type { StageParts } from './stages.js';

/** @param group the consumer group that it was rejected for; empty where there is none */
export function testifying(
  { agent, directory, keyStore }: StageParts,
  group: string,
): (rejected: readonly Rejected[]) => Promise<readonly (Buffer | null)[]> {
  const evidenceOf = async ({ received, code, recordHash }: Rejected, signer: Signer): Promise<Buffer> => {
    const { source, receivedAtMs, appendedAtMs } = received;
    const isKafka = source.transport === 'kafka';
    const rejection = encodeRejection({
      realm: directory.realm,
      rejectedBy: agent,
      keyId: signer.keyId,
      code,
      recordHash,
      receivedAtMs,
      appendedAtMs,
      transport: source.transport,
      place: isKafka ? source.topic : source.queue,
      partition: isKafka ? source.partition : -1,
      offset: isKafka ? Number(source.offset) : -1,
      group: isKafka ? group : '',
    });
    return encodeEvidence(rejection, await signer.sign(rejectionMessage(rejection)));
  };
  return (rejected) => {
    const curable = rejected.map(
      // A re-driven message is known by its sender’s signature: what was plaintext has none.
      ({ code, claims, wasPlain }) => isRedrivable(code) && claims?.type !== redriveType && wasPlain !== true,
    );
    // Most of what is rejected in earnest is junk, and costs no signature.
    const signer = curable.includes(true) ? signerOf(keyStore) : null;
    return Promise.all(
      rejected.map(async (one, i) =>
        curable[i] === true && signer !== null ? await evidenceOf(one, signer) : null,
      ),
    );
  };
}

/** An agent without a good key still quarantines. */
function signerOf(keyStore: StageParts['keyStore']): Signer | null {
  try {
    return keyStore.signer;
  } catch (error) {
    if (error instanceof KeyError) return null;
    throw error;
  }
}
