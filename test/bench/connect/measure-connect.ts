// How much longer a connect takes because the policy's guard builds its options and judges it.
import { secureConnect } from '@sealwire/amqp';
import { secureKafka } from '@sealwire/kafka';
import kafkajs, { type Kafka } from 'kafkajs';
import { bareKafka, bareRabbitmq, fixture, openAs, writePolicy } from '../../fixture.ts';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';
import { measure, type Timed, type Variant } from '../rounds.ts';
import { unaudited } from '../unaudited.ts';

interface Connectable {
  connect(): Promise<{ close(): Promise<unknown> }>;
}

export async function measureConnect(figures: Figures, { quick }: Options): Promise<void> {
  const scale = quick ? { rounds: 3, warmUps: 1, connects: 5 } : { rounds: 15, warmUps: 3, connects: 10 };
  const file = writePolicy({
    channels: {
      orders: { topics: ['orders'], queues: ['orders'], publish: [{ exchange: '', routingKey: 'orders' }] },
    },
  });
  const sealwire = await openAs('orchestrator', file);
  const ours = unaudited(sealwire);
  const secured = secureKafka(ours, {
    clientId: 'bare',
    brokers: fixture().kafka,
    logLevel: kafkajs.logLevel.NOTHING,
  });
  try {
    const variants: Variant[] = [
      connecting('kafka.bare', admins(bareKafka()), scale.connects),
      connecting('kafka.secure', admins(secured), scale.connects),
      connecting('rabbitmq.bare', { connect: bareRabbitmq }, scale.connects),
      connecting(
        'rabbitmq.secure',
        { connect: () => secureConnect(ours, fixture().rabbitmqUrl) },
        scale.connects,
      ),
    ];
    const measured = await measure(variants, { ...scale, progress: saying('connect') });
    figures.section('Connect', [
      'One connection to one broker, until it is logged in: TLS 1.3 with client certificates, verified; SCRAM-SHA-512 (Kafka), PLAIN (RabbitMQ).',
      `${scale.connects} connects a round, one after the other, ${scale.rounds} rounds; addedMs is the median of each round’s own difference.`,
    ]);
    for (const broker of ['kafka', 'rabbitmq'] as const) {
      for (const way of ['bare', 'secure'] as const)
        figures.add(`connect.${broker}.${way}Ms`, measured.ms(`${broker}.${way}`), 'ms a connect');
      figures.add(
        `connect.${broker}.addedMs`,
        measured.msMore(`${broker}.secure`, `${broker}.bare`),
        'ms that the checks add to a connect',
      );
    }
  } finally {
    await sealwire.close();
  }
}

const admins = (kafka: Kafka): Connectable => ({
  async connect() {
    const admin = kafka.admin();
    await admin.connect();
    return { close: () => admin.disconnect() };
  },
});

function connecting(name: string, to: Connectable, connects: number): Variant {
  return {
    name,
    async run(): Promise<Timed> {
      let [wallMs, cpuUs] = [0, 0];
      for (let i = 0; i < connects; i++) {
        const [start, cpu] = [performance.now(), process.threadCpuUsage()];
        const opened = await to.connect();
        const { user, system } = process.threadCpuUsage(cpu);
        wallMs += performance.now() - start;
        cpuUs += user + system;
        await opened.close();
      }
      return { messages: connects, wallMs, mainThreadMs: cpuUs / 1000 };
    },
  };
}
