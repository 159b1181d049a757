// Reads a policy anew in a thread of its own, so that the application’s event loop goes on.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { UsageError } from '@sealwire/core';
import type { ChannelPolicy, Policy } from '@sealwire/policy';
import type { Difference, PolicyAnswer, PolicyAsk, PolicyHead } from './policy-ask.js';

// The built file, also where this one is run from its source by a test runner.
const program = new URL('../dist/policy-worker.js', import.meta.url);

/** A policy that is checked, as far as a thread can that does not have this process’s own parts. */
export interface ReadAnew {
  readonly policy: Policy;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly digest: Buffer;
  readonly signedBy: readonly string[];
  readonly difference: Difference;
}

/**
 * @returns `null` where what is in force has not changed
 * @throws SealwireError as reading it here would
 */
export async function readInThread(ask: PolicyAsk): Promise<ReadAnew | null> {
  // Not the application’s options: `--input-type` or a debugger’s would be in its way.
  const worker = new Worker(program, { workerData: ask, name: 'sealwire-policy', execArgv: [] });
  const failed = once(worker, 'error').then(([error]) => {
    throw error;
  });
  failed.catch(() => undefined);
  const next = async (): Promise<PolicyAnswer> => {
    const answered = once(worker, 'message') as Promise<[PolicyAnswer]>;
    worker.postMessage(null);
    const [answer] = await Promise.race([answered, failed]);
    if (answer.kind !== 'error') return answer;
    const { code, message, facts } = answer;
    throw code === null ? new Error(message) : new UsageError(code as 'ERR_USAGE_POLICY', message, facts);
  };
  try {
    const first = await next();
    if (first.kind !== 'policy') return null;
    const channels: ChannelPolicy[] = [];
    const files = new Map<string, Buffer>();
    for (let answer = await next(); answer.kind !== 'end'; answer = await next()) {
      if (answer.kind === 'channels') channels.push(...answer.channels);
      if (answer.kind === 'file') files.set(answer.path, bufferOf(answer.bytes));
    }
    const { head, digest, signedBy, difference } = first;
    return { policy: policyOf(head, channels), files, digest: bufferOf(digest), signedBy, difference };
  } finally {
    void worker.terminate();
  }
}

/** Buffers arrive as plain bytes, and no functions at all: what asks for places was checked in the thread. */
function policyOf(head: PolicyHead, channels: readonly ChannelPolicy[]): Policy {
  return {
    ...head,
    bytes: bufferOf(head.bytes),
    hash: bufferOf(head.hash),
    realm: bufferOf(head.realm),
    directory: { ...head.directory, rootKeys: head.directory.rootKeys.map(bufferOf) },
    channels,
    at: () => head.file,
    settings: () => {
      throw new Error('The settings of a policy that a thread has read are not here.');
    },
  };
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
