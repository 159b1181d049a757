// Plaintext that must be found: messages of the shapes and lengths of the real ones, and of none of their words.
import { messageOf, payloadOf, type AgentMessage } from './agent-messages.ts';

/**
 * Makes some from real messages: the longest, the shortest, and others between. Letters and digits of the payload, names
 * of fields included, are moved by half the alphabet, so that no piece of a canary is a piece of a real message.
 */
export function canariesOf(messages: readonly AgentMessage[], count: number): AgentMessage[] {
  const byLength = [...messages].sort((a, b) => a.line.length - b.line.length);
  return Array.from({ length: count }, (_, i) => {
    const message = byLength[Math.round((i * (byLength.length - 1)) / (count - 1))]!;
    const line = { conversation: `canary-${i}`, type: 'canary', payload: turned(payloadOf(message)) };
    return messageOf(JSON.stringify(line));
  });
}

function turned(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[a-z0-9]/gi, turnedCharacter);
  if (typeof value === 'number') return Number(String(value).replace(/[0-9]/g, turnedCharacter));
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [turned(name), turned(each)]));
}

function turnedCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code <= 0x39) return String.fromCharCode(0x30 + ((code - 0x30 + 5) % 10));
  const first = code < 0x60 ? 0x41 : 0x61;
  return String.fromCharCode(first + ((code - first + 13) % 26));
}
