// Whether a broker can be spoken to without TLS, at the ports that clients use and at those that are usual.
import { nameOf } from './broker-place.js';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { portsOf } from './doctor-options.js';
import { knownPlaces, wayTo } from './known-places.js';
import { httpHello, probePlaintext, type Hello } from './probe-plaintext.js';
import { rowsOf, type Row } from './row.js';

const say = rowsOf('listeners', 'plaintext');

export const checkListeners: Check = {
  group: 'listeners',
  name: 'plaintext',
  limitMs: 60_000,
  async run(context: DoctorContext) {
    const { places, rows } = await knownPlaces(context, 'listeners', 'plaintext');
    const hellos = await knownHellos();
    const own = places.map(async (place): Promise<readonly Row[]> => {
      const way = wayTo(context, place);
      if ('error' in way) return [outside(nameOf(place))];
      const { state, protocol } = await probePlaintext(place.host, place.port, way.value, hellos);
      if (state === 'answered') return [speaks(nameOf(place), protocol!)];
      if (state === 'outside') return [outside(nameOf(place))];
      return [
        state === 'silent'
          ? say.ok(nameOf(place), 'answers nothing without TLS')
          : say.unknown(nameOf(place), 'cannot be reached', 'See the rows “certificates”.'),
      ];
    });
    const hosts = new Map(places.map((place) => [place.host, place]));
    const further = [...hosts.values()].flatMap((place) =>
      portsOf(context.options)
        .filter((port) => !places.some((one) => one.host === place.host && one.port === port))
        .map(async (port): Promise<readonly Row[]> => {
          const way = wayTo(context, place);
          if ('error' in way) return [];
          const subject = nameOf({ host: place.host, port });
          const { state, protocol, isLocal } = await probePlaintext(place.host, port, way.value, [
            ...hellos,
            httpHello,
          ]);
          if (state === 'closed') return [say.ok(subject, 'nobody listens')];
          if (state === 'outside') return [];
          if (state === 'away')
            return [say.unknown(subject, 'cannot be reached', 'Ask from the agents’ network.')];
          if (protocol === 'HTTP') return [overHttp(subject, isLocal)];
          return [state === 'answered' ? speaks(subject, protocol!) : silent(subject, port)];
        }),
    );
    return [...rows, ...(await Promise.all([...own, ...further])).flat()];
  },
};

/** Of the clients that are installed. */
async function knownHellos(): Promise<readonly Hello[]> {
  const [kafka, amqp] = await Promise.allSettled([import('@sealwire/kafka'), import('@sealwire/amqp')]);
  return [
    ...(kafka.status === 'fulfilled'
      ? [{ protocol: 'Kafka', words: kafka.value.kafkaHello(), answers: kafka.value.answersKafka }]
      : []),
    ...(amqp.status === 'fulfilled'
      ? [{ protocol: 'AMQP', words: amqp.value.amqpHello(), answers: amqp.value.answersAmqp }]
      : []),
  ];
}

const speaks = (subject: string, protocol: string): Row =>
  say.fail(
    subject,
    `speaks ${protocol} WITHOUT TLS: any client can send passwords and messages there in clear`,
    protocol === 'Kafka'
      ? 'Remove the PLAINTEXT or SASL_PLAINTEXT listener from listeners and advertised.listeners.'
      : 'Close it at the broker: listeners.tcp = none',
  );

/** Who manages a broker sends a password. */
function overHttp(subject: string, isLocal: boolean): Row {
  const seen =
    'speaks HTTP without TLS; where it is the management API, an administrator’s password goes over it';
  const fix = 'Let it have TLS: management.ssl.port, and no management.tcp.port.';
  return isLocal ? say.warn(subject, `${seen}, on this machine`, fix) : say.fail(subject, seen, fix);
}

const silent = (subject: string, port: number): Row =>
  port === 1883
    ? say.warn(
        subject,
        'somebody listens, at the port of MQTT without TLS',
        'Close it at the broker: mqtt.listeners.tcp = none',
      )
    : say.ok(subject, 'somebody listens, and speaks neither Kafka nor AMQP nor HTTP without TLS');

const outside = (subject: string): Row =>
  say.fail(
    subject,
    'is outside allowed_networks, and was not asked',
    'Correct its address, or add its network to the policy.',
  );
