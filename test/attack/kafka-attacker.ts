// An ordinary kafkajs producer with the administrator’s rights, in a process of its own: attacks take none of the victim’s memory.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { deflateRawSync } from 'node:zlib';
import type { WireRecord } from './wire-record.ts';

/** What goes to the process. */
export interface Order extends Omit<WireRecord, 'value'> {
  readonly topic: string;
  readonly partition: number;
  /** Deflated, because 20 MB are long in a pipe. */
  readonly value: Uint8Array | null;
}

/** What comes back. */
export type Answer =
  | { readonly written: true }
  | { readonly written: false; readonly tooLarge: boolean; readonly reason: string };

export interface KafkaAttacker {
  /** @returns the broker’s refusal of a record that is too large for it, otherwise `null` */
  write(topic: string, partition: number, record: WireRecord): Promise<string | null>;
  close(): Promise<void>;
}

export function startKafkaAttacker(): KafkaAttacker {
  const program = new URL('./kafka-attacker-process.ts', import.meta.url);
  const child = fork(program, {
    serialization: 'advanced',
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
  });
  return {
    async write(topic, partition, { value, key, headers }) {
      const deflated = value === null ? null : deflateRawSync(value);
      child.send({ topic, partition, key, headers, value: deflated } satisfies Order);
      const answer = await answerOf(child);
      if (answer.written) return null;
      if (!answer.tooLarge) throw new Error(`The attack could not be written: ${answer.reason}`);
      return answer.reason;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function answerOf(child: ChildProcess): Promise<Answer> {
  const over = new AbortController();
  const { signal } = over;
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('The attacker’s process has ended.');
  });
  try {
    const [answer] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Answer];
    return answer;
  } finally {
    ended.catch(() => undefined);
    over.abort();
  }
}
