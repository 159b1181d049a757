// Says why a tool could not go on: it did not get in, or the broker does not allow it what it asks for.
import { SealwireError, UsageError } from '@sealwire/core';
import { causesOf, connectError } from './connect-error.js';

const refusal = /^(?:TOPIC|GROUP|CLUSTER)_AUTHORIZATION_FAILED$/;

/**
 * Translates what a tool's use of a client rejects with.
 * @returns as connectError, and UsageError ERR_USAGE_ACL where a right is lacking; any other error as it is
 */
export function toolError(error: unknown): unknown {
  const known = connectError(error);
  if (known instanceof SealwireError) return known;
  for (const { name, type } of causesOf(error)) {
    // kafkajs says no more where a broker refuses the group that it would read in.
    const isGroup = name === 'KafkaJSGroupCoordinatorNotFound';
    if (!isGroup && !refusal.test(String(type))) continue;
    const reason = String(isGroup ? name : type);
    const advice = `The broker does not allow this client what the command needs (${reason}). Give --agent an administrator, such as the admin of "sealwire init"; or allow its user Read on the topic, and on the groups that begin with sealwire-inspect-.`;
    return new UsageError('ERR_USAGE_ACL', advice, { reason }, error);
  }
  return error;
}
