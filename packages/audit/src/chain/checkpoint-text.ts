// The text of a checkpoint, which its signature covers (SPEC §3): the body of a C2SP tlog-checkpoint.
import { UsageError } from '@sealwire/core';

/** Newest checkpoint of another chain that the writer knew of. */
export interface SeenChain {
  /** 32 hex digits. */
  readonly chain: string;
  readonly sequence: number;
  /** Of the checkpoint’s event: 64 hex digits. */
  readonly leafHash: string;
}

export interface Checkpoint {
  /** 32 hex digits. */
  readonly chain: string;
  /** The sequence of the checkpoint before, or 0. */
  readonly first: number;
  /** Events from `first` on, up to the one before the checkpoint itself; at least 1. */
  readonly size: number;
  /** 32 latin1 characters. */
  readonly root: string;
  /** Of the writer’s message-signing key: 32 hex digits. */
  readonly keyId: string;
  /** Whether events of this tree may stand again, late and beyond the order of A-8: it is not known what became of a send. */
  readonly again: boolean;
  /** At most `maxSeen`, none twice. */
  readonly seen: readonly SeenChain[];
}

export const maxSeen = 16;

/** Keeps a checkpoint apart from everything else that such a key signs. */
export const checkpointPrefix = 'sealwire/v1/audit-checkpoint/';

const hex = (digits: number): RegExp => new RegExp(`^[0-9a-f]{${digits}}$`);
const [hex32, hex64] = [hex(32), hex(64)];
const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;

/** Ends with a newline. @throws UsageError ERR_USAGE_ARGUMENT where a part is not of its form */
export function checkpointText(checkpoint: Checkpoint): string {
  const { chain, first, size, root, keyId, again, seen } = checkpoint;
  if (!isCheckpoint(checkpoint))
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give a checkpoint whose parts are of their form.');
  return [
    `${checkpointPrefix}${chain}/${first}`,
    `${size}`,
    Buffer.from(root, 'latin1').toString('base64'),
    `key ${keyId}`,
    ...(again ? ['again'] : []),
    ...seen.map((each) => `seen ${each.chain} ${each.sequence} ${each.leafHash}`),
    '',
  ].join('\n');
}

/** Whether every part is of its form; says nothing of whether any of it is true. */
export function isCheckpoint({ chain, first, size, root, keyId, seen }: Checkpoint): boolean {
  return (
    hex32.test(chain) &&
    isCount(first, 0) &&
    isCount(size, 1) &&
    root.length === 32 &&
    hex32.test(keyId) &&
    seen.length <= maxSeen &&
    new Set(seen.map((each) => each.chain)).size === seen.length &&
    seen.every((each) => hex32.test(each.chain) && isCount(each.sequence, 0) && hex64.test(each.leafHash))
  );
}
