// Compares what a pipeline delivered with what was sent.
import type { AgentMessage } from './agent-messages.ts';

export interface Delivery {
  readonly delivered: number;
  /** Each conversation’s messages came in the order in which they were sent. */
  readonly inOrder: boolean;
  /** Every message came, byte for byte, and none twice. */
  readonly identical: boolean;
}

/** @param sent messages of which no two are the same */
export function checkDelivery(sent: readonly AgentMessage[], values: readonly Buffer[]): Delivery {
  const missing = new Map(sent.map(({ line, conversation }, index) => [line, { conversation, index }]));
  const latest = new Map<string, number>();
  let inOrder = true;
  let known = 0;
  for (const value of values) {
    const text = value.toString();
    const message = missing.get(text);
    // Bytes that are not UTF-8 would pass as the text that they decode to.
    if (message === undefined || !Buffer.from(text).equals(value)) continue;
    missing.delete(text);
    known++;
    const { conversation, index } = message;
    if (index < (latest.get(conversation) ?? -1)) inOrder = false;
    latest.set(conversation, index);
  }
  const identical = missing.size === 0 && known === values.length;
  return { delivered: values.length, inOrder, identical };
}
