// What a changed setting does: whether less holds than before, and whether a running process can take it over.
import { defaultMaxAgeMs } from './policy-schema.js';
import type { SettingValue } from './policy-settings.js';
import { defaultGroups, defaultTransactionalIds } from './rights/acl-policy.js';

/** `weaker`: something passes, or is known to somebody, that was not before. `other`: nobody can say from the file alone. */
export type Effect = 'weaker' | 'stronger' | 'other';

type Given = SettingValue | undefined;
/** What a policy has at a path. */
export type Look = (path: readonly string[]) => Given;
/** The values, and where they are; for what depends on more, the two policies. */
type Judge = (before: Given, after: Given, path: readonly string[], was: Look, is: Look) => Effect;

export interface SettingRule {
  readonly judge: Judge;
  /** Whether an open Sealwire takes it over; `lower`: only where it gets less. */
  readonly live: boolean | 'lower';
}

const listOf = (given: Given): readonly string[] => (Array.isArray(given) ? (given as string[]) : []);

/** More entries let more pass; none is nothing. */
const more: Judge = (before, after) => {
  const [old, now] = [listOf(before), listOf(after)];
  if (now.some((one) => !old.includes(one))) return 'weaker';
  return old.length > now.length ? 'stronger' : 'other';
};
/** The same, but left out it lets everything pass. */
const limits: Judge = (before, after, ...rest) => {
  if (after === undefined) return 'weaker';
  return before === undefined ? 'stronger' : more(before, after, ...rest);
};
const larger: Judge = (before, after) =>
  typeof before !== 'number' || typeof after !== 'number' ? 'other' : after > before ? 'weaker' : 'stronger';
const smaller =
  (absent: number): Judge =>
  (before = absent, after = absent, ...rest) =>
    inForce(larger)(after, before, ...rest);
/** Of the values that hold, stated or not: the same is no difference. */
const inForce =
  (judge: Judge): Judge =>
  (before, after, ...rest) =>
    String(before) === String(after) ? 'other' : judge(before, after, ...rest);
/** What holds where a key is left out goes by the rest of the policy. */
const effective =
  (judge: Judge, instead: (look: Look, path: readonly string[]) => Given): Judge =>
  (before, after, path, was, is) =>
    inForce(judge)(before ?? instead(was, path), after ?? instead(is, path), path, was, is);
/** Of a list that others take the place of where it is left out. */
const replaced =
  (judge: Judge): Judge =>
  (before, after, ...rest) =>
    before === undefined || after === undefined ? 'other' : judge(before, after, ...rest);
/** That it is there protects; what it says cannot be weighed. */
const present: Judge = (before, after) =>
  before === undefined ? 'stronger' : after === undefined ? 'weaker' : 'other';
const added: Judge = (before, after, ...rest) => present(after, before, ...rest);
/** A time to which something is accepted: in ms, or as a date. */
const later: Judge = (before, after, ...rest) => {
  if (before === undefined || after === undefined) return added(before, after, ...rest);
  if (typeof before === 'number' || typeof after === 'number') return larger(before, after, ...rest);
  return after > before ? 'weaker' : 'stronger';
};
/** From the strongest to the weakest. */
const ranked =
  (...words: readonly string[]): Judge =>
  (before, after) => {
    const [old, now] = [before, after].map((word) => words.indexOf(word as string));
    if (old === -1 || now === -1 || old === now) return 'other';
    return now! > old! ? 'weaker' : 'stronger';
  };
/** What is left out is as good as this word. */
const leftOut =
  (word: string, judge: Judge): Judge =>
  (before = word, after = word, ...rest) =>
    judge(before, after, ...rest);
/** Where evidence goes: one place less is less of it, one more is another that has it. */
const fewer: Judge = (before, after) =>
  listOf(before).some((one) => !listOf(after).includes(one)) ? 'weaker' : 'other';
const unknown: Judge = () => 'other';

const channelAge = (look: Look, [channels, name]: readonly string[]): Given =>
  look([channels!, name!, 'max_age']) ?? defaultMaxAgeMs;
const kafkaNames =
  (key: string, ifNone: readonly string[]) =>
  (look: Look): Given =>
    look(['acl', 'kafka', key]) ?? ifNone;
const groups = effective(more, kafkaNames('groups', defaultGroups));
const transactionalIds = effective(more, kafkaNames('transactional_ids', defaultTransactionalIds));

const live = (judge: Judge): SettingRule => ({ judge, live: true });
const lower = (judge: Judge): SettingRule => ({ judge, live: 'lower' });
const fixed = (judge: Judge): SettingRule => ({ judge, live: false });

/** By path; `*` is one step, `**` any number at the end. The first that fits holds. */
const rules: readonly (readonly [string, SettingRule])[] = [
  ['revision', live(unknown)],
  ['channels.*.kafka.topics', live(more)],
  ['channels.*.rabbitmq.publish', live(more)],
  ['channels.*.rabbitmq.queues', live(more)],
  ['channels.*.messages.*.from', live(more)],
  ['channels.*.messages.*.to', live(more)],
  ['channels.*.messages.*.schema', live(present)],
  ['channels.*.messages.*.also_accept', live(more)],
  ['channels.*.messages.*.compress', live(ranked('none', 'deflate', 'zstd'))],
  ['channels.*.messages.*.max_age', live(effective(larger, channelAge))],
  ['channels.*.messages.*.**', live(unknown)],
  ['channels.*.clear_headers', live(more)],
  ['channels.*.mode', live(ranked('enforce', 'migrate', 'observe'))],
  ['channels.*.plaintext.insecure_until', live(later)],
  ['channels.*.plaintext.from', live(more)],
  ['channels.*.plaintext.insecure_from', live(added)],
  ['channels.*.plaintext.rabbitmq_sender', live(ranked('user_id', 'header'))],
  ['channels.*.plaintext.**', live(unknown)],
  // What is remembered against replays goes by it: more cannot be remembered afterwards.
  ['channels.*.max_age', lower(effective(larger, channelAge))],
  ['freshness.skew', lower(larger)],
  ['connections.*.allowed_networks', live(limits)],
  ['connections.*.tls.pins', live(limits)],
  ['connections.*.tls.crl_file', live(present)],
  ['connections.*.tls.cert_file', live(present)],
  ['connections.*.tls.**', live(unknown)],
  [
    'connections.*.sasl.mechanism',
    // Without any, the broker is given a certificate and nothing else.
    fixed(
      leftOut('none', ranked('EXTERNAL', 'SCRAM-SHA-512', 'SCRAM-SHA-256', 'OAUTHBEARER', 'PLAIN', 'none')),
    ),
  ],
  ['quarantine.on_reject', fixed(ranked('halt', 'quarantine', 'drop'))],
  ['quarantine.redrive_by', live(more)],
  ['quarantine.redrive_max_age', live(larger)],
  ['limits.max_message', live(larger)],
  // The trail is opened once, with its spool and its sinks.
  ['audit.sinks', fixed(fewer)],
  ['audit.failure_policy', fixed(ranked('block', 'spool'))],
  ['audit.when_full', fixed(ranked('block', 'drop'))],
  ['audit.insecure_when_full_until', fixed(later)],
  ['audit.checkpoint.every', fixed(larger)],
  ['audit.checkpoint.events', fixed(larger)],
  ['audit.checkpoint.topic', fixed(present)],
  ['audit.checkpoint.exchange', fixed(present)],
  ['audit.pseudonym_key', fixed(present)],
  ['audit.**', fixed(unknown)],
  ['channel_security.tls.min_version', live(leftOut('1.3', ranked('1.3', '1.2')))],
  ['channel_security.tls.insecure_min_version_until', live(later)],
  ['channel_security.tls.mtls', live(leftOut('false', ranked('true', 'false')))],
  ['channel_security.isolation.enabled', live(leftOut('false', ranked('true', 'false')))],
  ['channel_security.**', live(unknown)],
  ['message_validation.**', live(unknown)],
  ['communication_audit.**', live(unknown)],
  // For those who set brokers up: a process asks none of it.
  ['acl.kafka.groups', live(groups)],
  ['acl.kafka.transactional_ids', live(transactionalIds)],
  ['acl.kafka.agents.*.groups', live(groups)],
  ['acl.kafka.agents.*.transactional_ids', live(transactionalIds)],
  ['acl.kafka.directory_writers', live(more)],
  ['acl.*.others', live(more)],
  ['acl.**', live(unknown)],
  ['directory.root_threshold', fixed(smaller(1))],
  ['directory.root_keys', fixed(replaced(more))],
  ['directory.max_lag', fixed(larger)],
  ['rotation.enabled', fixed(ranked('true', 'false'))],
  ['rotation.rotation_interval_hours', fixed(larger)],
  ['rotation.destroy_after', fixed(larger)],
  ['rotation.signing_validity', fixed(larger)],
  ['session.epoch', fixed(larger)],
  ['replay.on_unverifiable', fixed(ranked('halt', 'deliver'))],
  ['replay.retry_window', fixed(larger)],
  ['agent_encryption.rotation.enabled', fixed(ranked('true', 'false'))],
  ['agent_encryption.rotation.insecure_enabled_until', fixed(later)],
  ['agent_encryption.rotation.**', fixed(unknown)],
  ['agent_encryption.**', live(unknown)],
];

const split = rules.map(([pattern, rule]) => [pattern.split('.'), rule] as const);
/** A key that this list does not know needs a new start. */
const anyOther = fixed(unknown);

/** The rule of a setting. */
export function ruleOf(path: readonly string[]): SettingRule {
  return split.find(([pattern]) => fits(pattern, path))?.[1] ?? anyOther;
}

function fits(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.at(-1) === '**') {
    const start = pattern.slice(0, -1);
    return path.length > start.length && fits(start, path.slice(0, start.length));
  }
  return pattern.length === path.length && pattern.every((step, i) => step === '*' || step === path[i]);
}
