// What must hold of channels whose mode lets plaintext pass.
import { isTooFar, tooFar } from './acknowledged-until.js';
import type { ChannelValues } from './policy-schema.js';
import type { Problem } from './problems.js';

/**
 * A date that is over is no problem: the channel is held to its policy then, and a file must not keep a process from
 * starting that would only be stricter than it was.
 */
export function checkModes(channels: ReadonlyMap<string, ChannelValues>, nowMs: number): Problem[] {
  return Array.from(channels).flatMap(([name, channel]) => modeProblems(name, channel, nowMs));
}

function modeProblems(
  name: string,
  { plaintext, kafka, rabbitmq }: ChannelValues,
  nowMs: number,
): readonly Problem[] {
  if (plaintext === undefined) return [];
  const path = ['channels', name, 'plaintext'];
  const problems: Problem[] = [];
  if (isTooFar(plaintext.insecure_until, nowMs))
    problems.push({ path: [...path, 'insecure_until'], text: tooFar });
  const { from, sender_header: header, rabbitmq_sender: by } = plaintext;
  if (header !== undefined) return problems;
  if (from !== undefined && kafka !== undefined)
    problems.push({
      path: [...path, 'from'],
      text: 'cannot be told on Kafka, which says nothing about senders; name the header that they set with sender_header, or write insecure_from: anybody in its place.',
    });
  if (by === 'header' && rabbitmq !== undefined)
    problems.push({
      path: [...path, 'rabbitmq_sender'],
      text: 'needs sender_header: the name of the header.',
    });
  return problems;
}
