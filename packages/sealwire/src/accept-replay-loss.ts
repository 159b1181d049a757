// For operators: goes on although the memory of what was handled from RabbitMQ is lost.
import { loadPolicy } from '@sealwire/policy';
import { acceptLoss } from '@sealwire/replay';
import { knownStoreFile } from './open-claims.js';

/**
 * @param file path of the policy
 * @returns whose memory it was, and whether the loss had been noticed already
 * @throws UsageError ERR_USAGE_…
 */
export function acceptReplayLoss(
  file: string,
  agent?: string,
): { readonly agent: string; readonly noticed: boolean } {
  const policy = loadPolicy(file, agent === undefined ? {} : { agent });
  return { agent: policy.agent, noticed: acceptLoss(knownStoreFile(policy)) };
}
