// Judges one Kafka topic by what it is for.
import type { PolicyTemplate } from '@sealwire/policy';
import type { KafkaSettings, KafkaSurvey, SurveyedTopic } from '@sealwire/kafka';
import { rowsOf, type Group, type Row, type RowMaker } from './row.js';
import { mebibytes, span } from './spans.js';
import { readableFor, type TopicRole } from './topic-roles.js';
import { bytesOf, isCompacted, isDeleted, retentionMs } from './topic-settings.js';

/** What stands beside a quarantined record. */
const besideBytes = 65_536;

/** One row where all is well, otherwise one for each thing that is not. */
export class TopicRows {
  readonly #name: string;
  readonly #role: TopicRole;
  readonly #template: PolicyTemplate;
  readonly #survey: Pick<KafkaSurvey, 'topics' | 'brokers'>;
  readonly #rows: Row[] = [];

  constructor(
    name: string,
    role: TopicRole,
    template: PolicyTemplate,
    survey: Pick<KafkaSurvey, 'topics' | 'brokers'>,
  ) {
    this.#name = name;
    this.#role = role;
    this.#template = template;
    this.#survey = survey;
  }

  rows(topic: SurveyedTopic | null): readonly Row[] {
    if (topic === null) {
      this.#say('exists').fail(
        this.#name,
        'is not there, or agents may not see it',
        `kafka-topics.sh --create --topic ${this.#name} --partitions … --replication-factor 3; where it is there, name first an agent that may see it (--agent)`,
      );
      return this.#rows;
    }
    this.#replication(topic);
    const { settings } = topic;
    if (settings === null) {
      this.#say('settings').unknown(
        this.#name,
        'this agent may not ask for its settings (DescribeConfigs)',
        `Name first an agent that may (--agent), or look: kafka-configs.sh --describe --entity-type topics --entity-name ${this.#name}`,
      );
      return this.#rows;
    }
    this.#cleanup(settings);
    this.#retention(settings);
    if (this.#role.what === 'messages') this.#timestamps(settings);
    this.#size(settings);
    if (this.#rows.length === 0)
      this.#rows.push(this.#say('settings').ok(this.#name, summary(topic, settings)));
    return this.#rows;
  }

  #say(check: string): RowMaker {
    const { what } = this.#role;
    const group: Group = what === 'quarantine' || what === 'audit' ? what : 'topics';
    const maker = rowsOf(group, check);
    const keep =
      <Words extends readonly unknown[]>(make: (...words: Words) => Row) =>
      (...words: Words): Row => {
        const row = make(...words);
        if (row.verdict !== 'ok') this.#rows.push(row);
        return row;
      };
    return { ...maker, warn: keep(maker.warn), fail: keep(maker.fail), unknown: keep(maker.unknown) };
  }

  #alter(setting: string): string {
    return `kafka-configs.sh --alter --entity-type topics --entity-name ${this.#name} --add-config ${setting}`;
  }

  #replication({ replicas, inSync, settings }: SurveyedTopic): void {
    const say = this.#say('replication');
    const least = Number(settings?.get('min.insync.replicas') ?? 1);
    if (replicas < 2)
      say.warn(
        this.#name,
        'has one copy: a disk that is lost is messages that are lost',
        this.#survey.brokers.length > 1
          ? 'Raise its replication factor to 3 (kafka-reassign-partitions.sh).'
          : 'Run three brokers, and raise its replication factor to 3.',
      );
    else if (least > replicas)
      say.fail(
        this.#name,
        `min.insync.replicas is ${least}, with ${replicas} copies: nothing can be written`,
        this.#alter(`min.insync.replicas=${replicas - 1}`),
      );
    else if (settings !== null && least < 2)
      say.warn(
        this.#name,
        `${replicas} copies, min.insync.replicas 1: what one broker alone has confirmed is lost with it`,
        this.#alter('min.insync.replicas=2'),
      );
    if (inSync < Math.min(least, replicas))
      say.fail(
        this.#name,
        `${inSync} of ${replicas} copies are in sync, ${least} must be: nothing can be written`,
        'See what keeps the other brokers.',
      );
    else if (inSync < replicas)
      say.warn(
        this.#name,
        `${inSync} of ${replicas} copies are in sync`,
        'See what keeps the other brokers.',
      );
    if (settings?.get('unclean.leader.election.enable') === 'true')
      say.warn(
        this.#name,
        'a broker that was behind may become its leader: confirmed messages are lost then',
        this.#alter('unclean.leader.election.enable=false'),
      );
  }

  #cleanup(settings: ReadonlyMap<string, string>): void {
    const say = this.#say('cleanup');
    if (!isCompacted(settings)) return;
    const { what, channels } = this.#role;
    if (what !== 'messages') {
      say.fail(
        this.#name,
        'is compacted: whoever may write to it can erase what is in it',
        this.#alter('cleanup.policy=delete'),
      );
      return;
    }
    const lagMs = Number(settings.get('min.compaction.lag.ms') ?? 0);
    const windowMs = Math.max(...channels.map(({ maxAgeMs }) => maxAgeMs)) + 2 * this.#template.skewMs;
    if (lagMs < windowMs)
      say.fail(
        this.#name,
        `is compacted after ${span(lagMs)}: where the memory of replays must be rebuilt, the partition halts, and a forged tombstone may have erased what nobody has read yet`,
        this.#alter(`min.compaction.lag.ms=${windowMs}`),
      );
  }

  #retention(settings: ReadonlyMap<string, string>): void {
    const say = this.#say('retention');
    const keptMs = retentionMs(settings);
    const { what, channels } = this.#role;
    if (what === 'sessions') {
      this.#sessionRetention(keptMs, settings);
      return;
    }
    if (what === 'audit') return;
    if (what === 'directory') {
      this.#directoryRetention(keptMs, settings);
      return;
    }
    if (what === 'quarantine') {
      const { by, maxAgeMs } = this.#template.redrive;
      if (by.length > 0 && keptMs < maxAgeMs)
        say.warn(
          this.#name,
          `keeps records for ${span(keptMs)}, and they may be re-driven for ${span(maxAgeMs)}`,
          this.#alter(`retention.ms=${maxAgeMs}`),
        );
    } else {
      const neededMs = Math.max(...channels.map(({ maxAgeMs }) => maxAgeMs));
      if (keptMs < neededMs)
        say.fail(
          this.#name,
          `keeps messages for ${span(keptMs)}, less than their max_age of ${span(neededMs)}: a consumer that lags loses them, and the memory of replays cannot be rebuilt`,
          this.#alter(`retention.ms=${neededMs}`),
        );
    }
    const readableMs = readableFor(this.#template, channels);
    if (keptMs > readableMs)
      say.fail(
        this.#name,
        `keeps records ${keptMs === Infinity ? 'for ever' : `for ${span(keptMs)}`}, and keys that open them are destroyed ${span(readableMs)} after their use: what is older cannot be read any more`,
        `${this.#alter(`retention.ms=${readableMs}`)}; or raise rotation.destroy_after`,
      );
  }

  #sessionRetention(keptMs: number, settings: ReadonlyMap<string, string>): void {
    const say = this.#say('retention');
    if (Number(settings.get('retention.bytes') ?? -1) >= 0)
      say.fail(this.#name, 'is limited by size: junk pushes sessions out', this.#alter('retention.bytes=-1'));
    const served = this.#role.channels.flatMap(({ topics }) => topics);
    const longest = served.map((name) => {
      const topic = this.#survey.topics.get(name);
      return topic?.settings == null ? 0 : isDeleted(topic.settings) ? retentionMs(topic.settings) : Infinity;
    });
    const neededMs = Math.max(0, ...longest) + this.#template.epochMs;
    if (keptMs < neededMs)
      say.fail(
        this.#name,
        `keeps sessions for ${span(keptMs)}, and must for ${span(neededMs)}: as its messages, and an epoch`,
        this.#alter(`retention.ms=${neededMs === Infinity ? -1 : neededMs}`),
      );
  }

  /** What is still needed is written again at half of the retention, by a process that is told to. */
  #directoryRetention(keptMs: number, settings: ReadonlyMap<string, string>): void {
    const say = this.#say('retention');
    if (Number(settings.get('retention.bytes') ?? -1) >= 0)
      say.fail(
        this.#name,
        'is limited by size: junk pushes the directory out',
        this.#alter('retention.bytes=-1'),
      );
    if (keptMs !== Infinity)
      say.warn(
        this.#name,
        `keeps the directory for ${span(keptMs)}: after it, agents find none, unless a process writes it again (repeat: true)`,
        `${this.#alter('retention.ms=-1')}; or make sure that one does`,
      );
  }

  #timestamps(settings: ReadonlyMap<string, string>): void {
    const unstated = this.#role.channels.filter(({ maxAgeStated }) => !maxAgeStated);
    if (settings.get('message.timestamp.type') !== 'LogAppendTime' && unstated.length > 0)
      this.#say('timestamps').fail(
        this.#name,
        'the broker does not stamp its records (CreateTime), and the channel states no max_age: agents do not start on it',
        `${this.#alter('message.timestamp.type=LogAppendTime')}; or state channels.${unstated[0]!.name}.max_age`,
      );
  }

  #size(settings: ReadonlyMap<string, string>): void {
    const say = this.#say('size');
    const limit = bytesOf(settings);
    const { what, channels } = this.#role;
    if (what === 'messages' && limit < this.#template.maxMessageBytes)
      say.warn(
        this.#name,
        `takes records up to ${mebibytes(limit)}, and the policy allows messages up to ${mebibytes(this.#template.maxMessageBytes)}`,
        this.#alter(`max.message.bytes=${this.#template.maxMessageBytes + besideBytes}`),
      );
    if (what !== 'quarantine') return;
    const sources = channels
      .flatMap(({ topics }) => topics)
      .map((name) => this.#survey.topics.get(name)?.settings ?? null);
    const needed =
      Math.max(0, ...sources.map((source) => (source === null ? 0 : bytesOf(source)))) + besideBytes;
    if (limit < needed)
      say.warn(
        this.#name,
        `takes records up to ${mebibytes(limit)}: the largest of its sources would be kept shortened, and could not be re-driven`,
        this.#alter(`max.message.bytes=${needed}`),
      );
  }
}

function summary({ partitions, replicas }: SurveyedTopic, settings: NonNullable<KafkaSettings>): string {
  const keptMs = retentionMs(settings);
  return [
    `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`,
    `${replicas} copies, min.insync ${settings.get('min.insync.replicas') ?? '?'}`,
    keptMs === Infinity ? 'kept for ever' : `kept for ${span(keptMs)}`,
    settings.get('message.timestamp.type') ?? '?',
    `records up to ${mebibytes(bytesOf(settings))}`,
  ].join(', ');
}
