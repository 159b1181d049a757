// Why an agent may send a message, or may not: each thing that decides, with its place in the file.
import type { Code, Directory } from '@sealwire/core';
import { agentPattern, isPattern } from './agent-pattern.js';
import { BindingTree } from './binding-tree.js';
import { nearestWord } from './nearest-word.js';
import type { ChannelPolicy, PolicyPath, PolicyTemplate } from './policy.js';

/** What is asked. Of channel, topic, queue and exchange one at least is given. */
export interface RouteQuestion {
  readonly sender: string;
  readonly type: string;
  readonly channel?: string;
  readonly recipient?: string;
  readonly topic?: string;
  readonly queue?: string;
  readonly exchange?: string;
  /** With `exchange`. */
  readonly routingKey?: string;
}

/** One thing that decides. */
export interface RouteReason {
  readonly holds: boolean;
  /** Whole sentence. */
  readonly text: string;
  /** `file:line:column`; of what the directory says, just its file. */
  readonly place: string;
}

export interface RouteExplanation {
  readonly allowed: boolean;
  /** What would be thrown, or told of a received message; `null` where it is allowed. */
  readonly code: Code | null;
  readonly channel: string | null;
  readonly reasons: readonly RouteReason[];
}

/** What is asked of a directory. */
export type AskedDirectory = Pick<Directory, 'has' | 'isMember' | 'sealingKey'> & {
  isAgent(name: string): boolean;
  signingKeys(agent: string): readonly {
    readonly notBeforeMs: number;
    readonly notAfterMs: number;
    readonly distrustFromMs: number | null;
  }[];
};

/**
 * Goes the way that a message would go, and stops at what refuses it. As the directory is now: keys and memberships
 * change, and are asked for each message.
 */
export function explainRoute(
  policy: PolicyTemplate,
  directory: AskedDirectory,
  question: RouteQuestion,
  nowMs: number,
): RouteExplanation {
  const reasons: RouteReason[] = [];
  let channelName: string | null = null;
  const say = (holds: boolean, text: string, path: PolicyPath | null): boolean => {
    reasons.push({ holds, text, place: path === null ? policy.directory.file : policy.at(path) });
    return holds;
  };
  const end = (code: Code | null): RouteExplanation => ({
    allowed: code === null,
    code,
    channel: channelName,
    reasons,
  });
  const { sender, type, recipient } = question;

  const channel = channelOf(policy, question, say);
  if (channel === null) return end('ERR_USAGE_CHANNEL');
  channelName = channel.name;
  sayMode(channel, nowMs, say);

  const base = ['channels', channel.name, 'messages'];
  const at = channel.messages.findIndex((message) => message.type === type);
  const message = channel.messages[at];
  if (message === undefined) {
    const types = channel.messages.map((one) => one.type);
    const meant = nearestWord(type, types);
    const hint = meant === null ? `It has: ${shortened(types)}.` : `Did you mean ${meant}?`;
    say(false, `The channel ${channel.name} has no message type ${type}. ${hint}`, base);
    return end('ERR_POLICY_TYPE');
  }
  say(true, `The channel ${channel.name} has the message type ${type}.`, [...base, at, 'type']);

  if (!directory.has(sender) || !directory.isAgent(sender)) {
    say(false, `The directory has no agent ${sender}.`, null);
    return end('ERR_KEY_UNKNOWN');
  }
  if (!sayWhoMay(message.from, [...base, at, 'from'], sender, directory, say))
    return end('ERR_POLICY_SENDER');
  const good = directory
    .signingKeys(sender)
    .some(
      (key) => nowMs >= key.notBeforeMs && nowMs < Math.min(key.notAfterMs, key.distrustFromMs ?? Infinity),
    );
  if (
    !say(
      good,
      good ? `${sender} has a good signing key.` : `${sender} has no signing key that is good now.`,
      null,
    )
  )
    return end('ERR_KEY_STATUS');

  const to: PolicyPath = [...base, at, 'to'];
  for (const name of message.to)
    if (directory.sealingKey(name, nowMs) === null) {
      say(false, `${name} has no sealing key that is good now, so nothing can be sealed for it.`, to);
      return end('ERR_KEY_MISSING');
    }
  if (recipient === undefined) say(true, `It is sealed for ${message.to.join(', ')}.`, to);
  else {
    const by = message.to.find((name) => name === recipient || directory.isMember(recipient, name));
    if (by === undefined) {
      say(
        false,
        `to names neither ${recipient} nor a group that it is a member of: ${shortened(message.to)}.`,
        to,
      );
      return end('ERR_KEY_NOT_FOR_ME');
    }
    say(
      true,
      by === recipient ? `to names ${by}.` : `to names the group ${by}, which ${recipient} is a member of.`,
      to,
    );
  }
  return end(null);
}

type Say = (holds: boolean, text: string, path: PolicyPath | null) => boolean;

function channelOf(policy: PolicyTemplate, question: RouteQuestion, say: Say): ChannelPolicy | null {
  const { channel: name, topic, queue, exchange, routingKey = '' } = question;
  const byName = new Map(policy.channels.map((each) => [each.name, each]));
  let found = name === undefined ? null : (byName.get(name) ?? null);
  if (name !== undefined && found === null) {
    const meant = nearestWord(name, [...byName.keys()]);
    say(false, `The policy has no channel ${name}.${meant === null ? '' : ` Did you mean ${meant}?`}`, [
      'channels',
    ]);
    return null;
  }
  const places: [string, readonly string[], (channel: ChannelPolicy) => number][] = [];
  if (topic !== undefined)
    places.push([`topic ${topic}`, ['kafka', 'topics'], ({ topics }) => topics.indexOf(topic)]);
  if (queue !== undefined)
    places.push([`queue ${queue}`, ['rabbitmq', 'queues'], ({ queues }) => queues.indexOf(queue)]);
  if (exchange !== undefined)
    places.push([
      `exchange ${JSON.stringify(exchange)} with the routing key ${JSON.stringify(routingKey)}`,
      ['rabbitmq', 'publish'],
      ({ publish }) =>
        publish.findIndex((target) => target.exchange === exchange && isTo(target.routingKey, routingKey)),
    ]);
  for (const [what, keys, indexIn] of places) {
    const owner = policy.channels.find((each) => indexIn(each) !== -1);
    if (owner === undefined) {
      say(false, `No channel maps the ${what}.`, ['channels', ...(found === null ? [] : [found.name])]);
      return null;
    }
    const fits = found === null || found === owner;
    const text = `The ${what} is of the channel ${owner.name}${fits ? '.' : `, not of ${found!.name}.`}`;
    if (!say(fits, text, ['channels', owner.name, ...keys, indexIn(owner)])) return null;
    found = owner;
  }
  if (found === null)
    say(false, 'No channel is named, and no topic, queue or exchange that could mean one.', ['channels']);
  return found;
}

function isTo(pattern: string, routingKey: string): boolean {
  const tree = new BindingTree<true>();
  tree.add(pattern, true);
  return tree.matching(routingKey).length > 0;
}

/** Every entry that allows it, or that none does. */
function sayWhoMay(
  from: readonly string[],
  path: PolicyPath,
  sender: string,
  directory: Pick<Directory, 'isMember'>,
  say: Say,
): boolean {
  let may = false;
  for (const [i, entry] of from.entries()) {
    const text = isPattern(entry)
      ? agentPattern(entry)(sender) && `from has the pattern ${entry}, which ${sender} matches.`
      : entry === sender
        ? `from names ${sender}.`
        : directory.isMember(sender, entry) &&
          `from names the group ${entry}, which ${sender} is a member of.`;
    if (text !== false) may = say(true, text, [...path, i]);
  }
  if (!may)
    say(
      false,
      `from names neither ${sender} nor a group that it is a member of, and has no pattern that it matches: ${shortened(from)}.`,
      path,
    );
  return may;
}

const maxNamed = 10;
function shortened(names: readonly string[]): string {
  const rest = names.length - maxNamed;
  return `${names.slice(0, maxNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function sayMode({ name, plaintext }: ChannelPolicy, nowMs: number, say: Say): void {
  if (plaintext === null) return;
  const { mode, untilMs, from } = plaintext;
  const end = new Date(untilMs).toISOString();
  const over = `The channel ${name} is held to its policy: mode ${mode} is over since ${end}.`;
  const observed = `Until ${end} the channel ${name} is only observed: what this policy denies passes too, in clear.`;
  const migrating = `Until ${end} the channel ${name} takes plaintext from ${from === null ? 'anybody' : shortened(from)} too.`;
  say(true, nowMs >= untilMs ? over : mode === 'observe' ? observed : migrating, ['channels', name, 'mode']);
}
