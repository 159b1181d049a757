// Whether the policy’s RabbitMQ queues are there, survive a broker, and drop nothing.
import type { PolicyTemplate } from '@sealwire/policy';
import { reasonOf } from './run-checks.js';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { settled } from './found.js';
import type { Management } from './management.js';
import { seeConnection } from './next-step.js';
import { rowsOf, type Row } from './row.js';
import { span } from './spans.js';

export const checkQueues: Check = {
  group: 'queues',
  name: 'settings',
  async run(context: DoctorContext) {
    const { policy, brokers, agents } = context;
    const say = rowsOf('queues', 'settings');
    const why = brokers.whyNot('rabbitmq');
    if ('error' in policy || why !== null)
      return [say.skipped('rabbitmq', why ?? 'the policy does not read')];
    const survey = await brokers.rabbitmq(agents[0]!);
    if ('error' in survey) return [say.unknown('rabbitmq', reasonOf(survey.error), seeConnection)];
    const { queues, exchanges, version } = survey.value;
    const management = brokers.management();
    const vhost = vhostOf(context);
    const rows = await Promise.all([
      ...queueNames(policy.value).map(async (name): Promise<readonly Row[]> => {
        const found = queues.get(name);
        if (found?.presence !== 'there') return [absentRow(name, found?.presence === 'refused')];
        return queueRows(name, found.messages, vhost, version, management);
      }),
      ...targetsOf(policy.value).map((target) =>
        targetRows(target, exchanges.get(target.exchange), vhost, management),
      ),
    ]);
    return [
      rowsOf('queues', 'broker').ok('version', `RabbitMQ ${version ?? 'of an unknown version'}`),
      ...rows.flat(),
    ];
  },
};

function absentRow(name: string, isRefused: boolean): Row {
  const say = rowsOf('queues', 'exists');
  return isRefused
    ? say.fail(
        name,
        'this agent may not see it',
        'Name first an agent that may (--agent), or see what sealwire acl verify says of its rights.',
      )
    : say.fail(
        name,
        'is not there',
        'Declare it: durable, x-queue-type quorum, with a dead-letter exchange.',
      );
}

const queueNames = ({ channels }: PolicyTemplate): readonly string[] => [
  ...new Set(channels.flatMap(({ queues }) => queues)),
];

type Target = PolicyTemplate['channels'][number]['publish'][number];

/** The default exchange goes to the queue that the key names, which has a row of its own. */
const targetsOf = ({ channels }: PolicyTemplate): readonly Target[] =>
  channels.flatMap(({ publish }) => publish).filter(({ exchange }) => exchange !== '');

function vhostOf({ options }: DoctorContext): string {
  const path = new URL(options.rabbitmq!).pathname.slice(1);
  return path === '' ? '/' : decodeURIComponent(path);
}

/** What the management API says of a queue. */
interface DescribedQueue {
  readonly durable?: boolean;
  readonly auto_delete?: boolean;
  readonly exclusive?: boolean;
  readonly type?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly effective_policy_definition?: Readonly<Record<string, unknown>>;
}

async function queueRows(
  name: string,
  messages: number,
  vhost: string,
  version: string | null,
  management: Management | null,
): Promise<readonly Row[]> {
  const say = rowsOf('queues', 'settings');
  const depth = `${messages} messages wait`;
  if (management === null || !management.canLogIn)
    return [
      say.unknown(
        name,
        `is there, ${depth}; its type and arguments are not for AMQP to tell`,
        'Give --management, --management-user and --management-password-file.',
      ),
    ];
  const answer = await settled(() => management.get('queues', vhost, name));
  if ('error' in answer) return [say.unknown(name, reasonOf(answer.error), managementStep(answer.error))];
  return describedRows(name, depth, answer.value ?? {}, version);
}

/** RabbitMQ 4’s for every quorum queue that has none of its own. */
const defaultReturns = 20;

export function describedRows(
  name: string,
  depth: string,
  queue: DescribedQueue,
  version: string | null,
): readonly Row[] {
  const rows: Row[] = [];
  const setting = (argument: string, key: string): unknown =>
    queue.arguments?.[argument] ?? queue.effective_policy_definition?.[key];
  const declared = queue.arguments?.['x-queue-type'];
  const type = queue.type ?? (typeof declared === 'string' ? declared : 'classic');
  const deadLetters = setting('x-dead-letter-exchange', 'dead-letter-exchange');
  const limit = setting('x-delivery-limit', 'delivery-limit');
  const isOld = Number(/^\d+/.exec(version ?? '4')?.[0] ?? 4) < 4;
  if (queue.durable !== true || queue.auto_delete === true || queue.exclusive === true)
    rows.push(
      rowsOf('queues', 'durable').fail(
        name,
        'does not survive the broker’s restart, or its consumer’s end: its messages do not either',
        'Delete it once it is empty, and declare it durable, not exclusive, without auto-delete.',
      ),
    );
  if (type === 'classic')
    rows.push(
      rowsOf('queues', 'type').warn(
        name,
        'is a classic queue, which has one copy: a node that is lost is messages that are lost',
        'Declare a quorum queue in its place (x-queue-type quorum), and move its messages.',
      ),
    );
  const returns =
    typeof limit === 'number' ? (limit < 0 ? (isOld ? 0 : null) : limit) : isOld ? null : defaultReturns;
  if (type === 'quorum' && returns !== null && deadLetters === undefined)
    rows.push(
      rowsOf('queues', 'delivery limit').fail(
        name,
        `drops what is given back more than ${returns} times, and has nowhere to put it: it is lost`,
        'Give it a dead-letter exchange with a queue of the same channel; or no limit (delivery-limit: -1 since RabbitMQ 4).',
      ),
    );
  const overflow = setting('x-overflow', 'overflow') ?? 'drop-head';
  const isBounded = ['x-max-length', 'x-max-length-bytes'].some(
    (one) => setting(one, one.slice(2)) !== undefined,
  );
  if (isBounded && overflow === 'drop-head' && type !== 'stream')
    rows.push(
      rowsOf('queues', 'length').warn(
        name,
        'drops its oldest messages when it is full: a flood pushes out what is real',
        'Use overflow: reject-publish, so that senders hear of it.',
      ),
    );
  if (rows.length > 0) return rows;
  const ttl = setting('x-message-ttl', 'message-ttl');
  const facts = [
    depth,
    ...(deadLetters === undefined ? [] : [`dead letters to ${JSON.stringify(deadLetters)}`]),
    typeof ttl === 'number' ? `messages live ${span(ttl)}` : 'no time to live',
  ];
  return [rowsOf('queues', 'settings').ok(name, `${type}, durable, ${facts.join(', ')}`)];
}

async function targetRows(
  { exchange, routingKey }: Target,
  presence: 'there' | 'missing' | 'refused' | undefined,
  vhost: string,
  management: Management | null,
): Promise<readonly Row[]> {
  const say = rowsOf('queues', 'binding');
  const subject = `${exchange} ${routingKey}`;
  if (presence !== 'there')
    return [
      say.fail(
        subject,
        `there is no exchange ${exchange} that this agent may see`,
        'Declare it, durable, and bind the channel’s queue.',
      ),
    ];
  if (management === null || !management.canLogIn)
    return [
      say.unknown(
        subject,
        'the exchange is there; its bindings are not for AMQP to tell',
        'Give --management, --management-user and --management-password-file.',
      ),
    ];
  const answer = await settled(() => management.get('exchanges', vhost, exchange, 'bindings', 'source'));
  if ('error' in answer) return [say.unknown(subject, reasonOf(answer.error), managementStep(answer.error))];
  const bound = (answer.value ?? []) as readonly { readonly destination?: unknown }[];
  return [
    bound.length === 0
      ? say.fail(
          subject,
          'no queue is bound to the exchange: what is sent there is dropped',
          'Bind the channel’s queue.',
        )
      : say.ok(subject, `bound to ${bound.map(({ destination }) => String(destination)).join(', ')}`),
  ];
}

const managementStep = (error: unknown): string =>
  (error as { readonly code?: unknown }).code === 'ERR_USAGE_SASL'
    ? 'Correct the login of --management.'
    : 'See whether --management is its address and answers, then try again.';
