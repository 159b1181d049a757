// The same protection by jose, message by message: an ES256 signature (compact JWS) inside an encryption for one recipient (compact JWE).
import {
  compactDecrypt,
  CompactEncrypt,
  CompactSign,
  compactVerify,
  generateKeyPair,
  type GenerateKeyPairResult,
} from 'jose';
import { cycled, inBatches, randomPayloads } from '../payloads.ts';
import { timed, type Variant } from '../rounds.ts';

const wrapping = 'ECDH-ES+A256KW';
const encryption = 'A256GCM';

async function sealOne(payload: Uint8Array, signing: GenerateKeyPairResult, sealing: GenerateKeyPairResult) {
  const signed = await new CompactSign(payload)
    .setProtectedHeader({ alg: 'ES256', kid: 'orchestrator-1' })
    .sign(signing.privateKey);
  return new CompactEncrypt(Buffer.from(signed))
    .setProtectedHeader({ alg: wrapping, enc: encryption, kid: 'research-team' })
    .encrypt(sealing.publicKey);
}

async function openOne(sealed: string, signing: GenerateKeyPairResult, sealing: GenerateKeyPairResult) {
  const { plaintext } = await compactDecrypt(sealed, sealing.privateKey);
  const { payload } = await compactVerify(plaintext, signing.publicKey);
  return payload;
}

/**
 * Sealing and opening by jose.
 * @param atOnce how many are under way at a time: its cryptography runs in the thread pool, so that more than one can
 * be faster than one after another
 */
export async function joseVariants(
  bytes: number,
  atOnce: number,
  messages: number,
  names: { readonly seal: string; readonly open: string },
): Promise<Variant[]> {
  const signing = await generateKeyPair('ES256');
  const sealing = await generateKeyPair(wrapping, { crv: 'P-256' });
  const batches = inBatches(cycled(randomPayloads(messages, bytes), messages), atOnce);
  const seal = (payload: Buffer) => sealOne(payload, signing, sealing);
  const sealed = await Promise.all(batches.map((batch) => Promise.all(batch.map(seal))));
  return [
    {
      name: names.seal,
      run: () =>
        timed(async () => {
          for (const batch of batches) await Promise.all(batch.map(seal));
          return messages;
        }),
    },
    {
      name: names.open,
      run: () =>
        timed(async () => {
          for (const batch of sealed) await Promise.all(batch.map((text) => openOne(text, signing, sealing)));
          return messages;
        }),
    },
  ];
}
