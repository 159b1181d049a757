// What a changed setting does: whether less holds than before, and whether a running process can take it over.
import type { SettingValue } from './policy-settings.js';

/** `weaker`: something passes, or is known to somebody, that was not before. `other`: nobody can say from the file alone. */
export type Effect = 'weaker' | 'stronger' | 'other';

type Given = SettingValue | undefined;
type Judge = (before: Given, after: Given) => Effect;

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
const limits: Judge = (before, after) => {
  if (after === undefined) return 'weaker';
  return before === undefined ? 'stronger' : more(before, after);
};
const larger: Judge = (before, after) =>
  typeof before !== 'number' || typeof after !== 'number' ? 'other' : after > before ? 'weaker' : 'stronger';
const smaller: Judge = (before, after) => larger(after, before);
/** That it is there protects; what it says cannot be weighed. */
const present: Judge = (before, after) =>
  before === undefined ? 'stronger' : after === undefined ? 'weaker' : 'other';
const added: Judge = (before, after) => present(after, before);
/** A time to which something is accepted. */
const later: Judge = (before, after) =>
  before === undefined || after === undefined ? added(before, after) : larger(before, after);
/** From the strongest to the weakest; what is left out is the strongest. */
const ranked =
  (...words: readonly string[]): Judge =>
  (before, after) => {
    const [old, now] = [before, after].map((word) =>
      word === undefined ? 0 : words.indexOf(word as string),
    );
    return old === -1 || now === -1 ? 'other' : now! > old! ? 'weaker' : 'stronger';
  };
const unknown: Judge = () => 'other';

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
  ['channels.*.messages.*.max_age', live(larger)],
  ['channels.*.messages.*.**', live(unknown)],
  ['channels.*.clear_headers', live(more)],
  ['channels.*.mode', live(ranked('enforce', 'migrate', 'observe'))],
  ['channels.*.plaintext.insecure_until', live(later)],
  ['channels.*.plaintext.from', live(more)],
  ['channels.*.plaintext.insecure_from', live(added)],
  ['channels.*.plaintext.rabbitmq_sender', live(ranked('user_id', 'header'))],
  ['channels.*.plaintext.**', live(unknown)],
  // What is remembered against replays goes by it: more cannot be remembered afterwards.
  ['channels.*.max_age', lower(larger)],
  ['freshness.skew', lower(larger)],
  ['connections.*.allowed_networks', live(limits)],
  ['connections.*.tls.pins', live(limits)],
  ['connections.*.tls.crl_file', live(present)],
  ['connections.*.tls.cert_file', live(present)],
  ['connections.*.tls.**', live(unknown)],
  [
    'connections.*.sasl.mechanism',
    fixed(ranked('EXTERNAL', 'SCRAM-SHA-512', 'SCRAM-SHA-256', 'OAUTHBEARER', 'PLAIN')),
  ],
  ['quarantine.on_reject', fixed(ranked('halt', 'quarantine', 'drop'))],
  ['quarantine.redrive_by', live(more)],
  ['quarantine.redrive_max_age', live(larger)],
  ['limits.max_message', live(larger)],
  ['channel_security.tls.min_version', live(ranked('1.3', '1.2'))],
  ['channel_security.tls.insecure_min_version_until', live(added)],
  ['channel_security.tls.mtls', live(ranked('true', 'false'))],
  ['channel_security.isolation.enabled', live(ranked('true', 'false'))],
  ['channel_security.**', live(unknown)],
  ['message_validation.**', live(unknown)],
  ['communication_audit.**', live(unknown)],
  // For those who set brokers up: a process asks none of it.
  ['acl.kafka.groups', live(more)],
  ['acl.kafka.transactional_ids', live(more)],
  ['acl.kafka.agents.*.groups', live(more)],
  ['acl.kafka.agents.*.transactional_ids', live(more)],
  ['acl.kafka.directory_writers', live(more)],
  ['acl.*.others', live(more)],
  ['acl.**', live(unknown)],
  ['directory.root_threshold', fixed(smaller)],
  ['directory.root_keys', fixed(more)],
  ['directory.max_lag', fixed(larger)],
  ['rotation.enabled', fixed(ranked('true', 'false'))],
  ['rotation.rotation_interval_hours', fixed(larger)],
  ['rotation.destroy_after', fixed(larger)],
  ['rotation.signing_validity', fixed(larger)],
  ['session.epoch', fixed(larger)],
  ['replay.on_unverifiable', fixed(ranked('halt', 'deliver'))],
  ['replay.retry_window', fixed(larger)],
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
