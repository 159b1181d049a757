// Makes notices by the words of SPEC.md alone, and a directory of those who sign them.
import { createHash, sign } from 'node:crypto';
import type { Directory, PublicKey } from '@sealwire/core';
import { validity, type MadeAgent } from '../verify/made-trail.ts';

export interface NoticeParts {
  /** Kafka, where it is not said. */
  readonly place?: string;
  readonly chain: string;
  readonly sequence: number;
  readonly leafHash: string;
  readonly timeMs: number;
}

export function madeNotice(agent: MadeAgent, parts: NoticeParts, name = agent.name): Buffer {
  const text = [
    `sealwire/v1/audit-notice/${parts.place ?? 'kafka'}/${parts.chain}`,
    `${parts.sequence}`,
    Buffer.from(parts.leafHash, 'hex').toString('base64'),
    `key ${agent.keyId}`,
    `time ${parts.timeMs}`,
    '',
  ].join('\n');
  const keyHash = createHash('sha256').update(agent.spki).digest().subarray(0, 4);
  const signature = sign('sha256', Buffer.from(text), agent.privateKey);
  return Buffer.from(`${text}\n\u2014 ${name} ${Buffer.concat([keyHash, signature]).toString('base64')}\n`);
}

export function directoryOf(
  agents: readonly MadeAgent[],
  terms: Partial<Pick<PublicKey, 'notBeforeMs' | 'notAfterMs' | 'distrustFromMs'>> = {},
): Pick<Directory, 'signingKey'> {
  const keys = new Map<string, PublicKey>(
    agents.map(({ name, keyId, publicKey }) => {
      const id = Buffer.from(keyId, 'hex');
      return [id.toString('latin1'), { keyId: id, owner: name, publicKey, ...validity, ...terms }];
    }),
  );
  return { signingKey: (keyId) => keys.get(keyId) ?? null };
}
