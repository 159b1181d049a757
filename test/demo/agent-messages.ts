// The messages that the demo carries: test/data/agent-messages.jsonl, line by line.
import { readFileSync } from 'node:fs';

export interface AgentMessage {
  /** The record key on Kafka. */
  readonly conversation: string;
  /** The whole JSON line, which is the value. */
  readonly line: string;
}

export function readAgentMessages(): AgentMessage[] {
  const file = new URL('../data/agent-messages.jsonl', import.meta.url);
  return readFileSync(file, 'utf8').trimEnd().split('\n').map(messageOf);
}

export function messageOf(line: string): AgentMessage {
  const { conversation } = JSON.parse(line) as { conversation: string };
  return { conversation, line };
}

/** What agents say to each other in a message: the part that nobody else may read. */
export function payloadOf({ line }: AgentMessage): unknown {
  return (JSON.parse(line) as { payload: unknown }).payload;
}
