// Reconciles the two ends of each message of a trail, for `sealwire audit verify`.
import { Pseudonyms, Reconciler, type Reconciliation, type Unmatched } from '@sealwire/audit';
import { UsageError } from '@sealwire/core';
import type { OpenDirectory } from '@sealwire/identity';

/** A message may be under way for as long, and is not missed then. */
const defaultGraceSeconds = '300';

/**
 * @param pseudonyms those of the policy’s key; without it, any receiver counts for a recipient that stands as one
 * @throws UsageError ERR_USAGE_ARGUMENT
 */
export function openReconciler(
  directory: OpenDirectory,
  pseudonyms: Pseudonyms | null,
  grace: string = defaultGraceSeconds,
  onUnmatched: (unmatched: Unmatched) => void,
): Reconciler {
  if (!/^\d{1,8}$/.test(grace))
    throw new UsageError('ERR_USAGE_ARGUMENT', '--grace is a whole number of seconds.');
  const names = new Map<string, string>();
  if (pseudonyms !== null)
    for (const name of [...directory.agents, ...directory.groups]) names.set(pseudonyms.name(name), name);
  const real = (name: string): string => names.get(name) ?? name;
  return new Reconciler({
    covers: (writer, recipient) =>
      writer === recipient ||
      !directory.has(real(recipient)) ||
      directory.isMember(real(writer), real(recipient)),
    onUnmatched,
    graceMs: Number(grace) * 1000,
  });
}

export function unmatchedLine({
  kind,
  hash,
  writer,
  missing,
  channel,
  atMs,
  chain,
  sequence,
}: Unmatched): string {
  const at = `at ${new Date(atMs).toISOString()} (event ${chain}:${sequence})`;
  const on = channel === null ? '' : ` on ${shown(channel)}`;
  return kind === 'never_received'
    ? `NEVER RECEIVED message ${hash}${on}: ${writer ?? 'somebody'} sent it ${at}, and nothing tells that ${missing.length === 0 ? 'anybody' : missing.map(shown).join(', ')} received it`
    : `NEVER SENT message ${hash}${on}: ${writer ?? 'somebody'} received it ${at}, and nothing tells that anybody sent it`;
}

export function unmatchedJson({ kind, hash, atMs, ...rest }: Unmatched): string {
  return JSON.stringify({ reconcile: kind, messageHash: hash, at: new Date(atMs).toISOString(), ...rest });
}

/** Both ends of all messages in a few lines. */
export function reconciliationLines(sums: Reconciliation): string[] {
  const { sent, tried, received, rejected, duplicates, neverReceived, neverSent, underWay, sentBefore } =
    sums;
  return [
    `${sent} messages sent, ${received} received; ${tried} more were tried, ${rejected} records rejected, ${duplicates} duplicates skipped`,
    ...(underWay > 0 ? [`${underWay} were sent so late that they may still be under way`] : []),
    ...(sentBefore > 0
      ? [`${sentBefore} were received so early that they were perhaps sent before what was read`]
      : []),
    ...(neverReceived + neverSent > 0
      ? [
          `${neverReceived} sent but never received, ${neverSent} received but never sent. That need not be an attack: see whether receivers lag behind, whether messages were rejected or expired, and whether all agents write to this trail.`,
        ]
      : ['Every message has both of its ends.']),
  ];
}

/** Names come from messages, which may be hostile: nothing but visible ASCII goes to a terminal. */
const shown = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
