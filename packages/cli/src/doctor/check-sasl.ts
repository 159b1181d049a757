// Which logins brokers offer, whether weaker ones than the policy’s are among them, and whether each agent gets in.
import { InabilityError, type Transport } from '@sealwire/core';
import { nameOf, type BrokerPlace } from './broker-place.js';
import type { Check } from './check.js';
import type { BrokerView } from './broker-view.js';
import type { DoctorContext } from './context.js';
import { found, settled } from './found.js';
import { askOn, guardedHandshake } from './guarded-handshake.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';

const say = rowsOf('sasl', 'offered');

export const checkSasl: Check = {
  group: 'sasl',
  name: 'offered',
  async run(context: DoctorContext) {
    const rows = (['kafka', 'rabbitmq'] as const).map(async (transport): Promise<readonly Row[]> => {
      const why = context.brokers.whyNot(transport);
      if (why !== null) return [say.skipped(transport, why)];
      const offered = context.brokers.of(transport).map((place) => offeredRow(place, context));
      return [...(await Promise.all(offered)), ...(await loginRows(transport, context))];
    });
    return (await Promise.all(rows)).flat();
  },
};

async function offeredRow(place: BrokerPlace, { brokers, agents, guardOf }: DoctorContext): Promise<Row> {
  const subject = nameOf(place);
  const guard = guardOf(agents[0]!, place.transport);
  const answer = await brokers.handshake(place);
  if ('error' in answer || 'error' in guard)
    return say.skipped(subject, 'the policy’s connection is refused');
  const offered = await guardedHandshake(guard.value, place, async (socket) => {
    if (place.transport === 'kafka') {
      const { kafkaSaslHello, kafkaMechanisms } = await import('@sealwire/kafka');
      return askOn(socket, kafkaSaslHello(), kafkaMechanisms);
    }
    const { amqpHello, amqpMechanisms } = await import('@sealwire/amqp');
    return askOn(socket, amqpHello(), amqpMechanisms);
  });
  if (offered === null) return say.unknown(subject, 'it did not say', 'Look at the broker’s settings.');
  return judgeMechanisms(subject, offered, agents[0]!.connections[place.transport]!.sasl?.mechanism ?? null);
}

/** From what gives nothing of the secret away, down. What is not listed is below all of them. */
const order: readonly string[] = ['EXTERNAL', 'SCRAM-SHA-512', 'SCRAM-SHA-256', 'OAUTHBEARER', 'PLAIN'];
const rank = (mechanism: string): number =>
  order.includes(mechanism) ? order.indexOf(mechanism) : order.length;

export function judgeMechanisms(subject: string, offered: readonly string[], own: string | null): Row {
  const seen =
    offered.length === 0 ? 'asks for no login but the client certificate' : `offers ${offered.join(', ')}`;
  if (own === null)
    return offered.length === 0
      ? say.ok(subject, seen)
      : say.warn(
          subject,
          `${seen}; the policy uses none`,
          'Name one of them in the policy’s sasl, or take them from the broker.',
        );
  if (offered.includes('ANONYMOUS'))
    return say.fail(
      subject,
      `${seen}: ANYBODY is let in as guest`,
      'Leave it out at the broker: auth_mechanisms.1 = PLAIN (or EXTERNAL), anonymous_login_user = none',
    );
  if (!offered.includes(own))
    return say.fail(
      subject,
      `${seen}, and not the policy’s ${own}`,
      'Enable it at the broker, or name another in the policy.',
    );
  const weaker = offered.filter((one) => rank(one) > rank(own));
  return weaker.length === 0
    ? say.ok(subject, seen)
    : say.warn(
        subject,
        `${seen}: ${weaker.join(', ')} is weaker than the policy’s ${own}`,
        'Take it from the broker once no other client needs it.',
      );
}

async function loginRows(
  transport: Transport,
  { brokers, agents, options }: DoctorContext,
): Promise<readonly Row[]> {
  const login = rowsOf('sasl', 'login');
  const rows: Row[] = [];
  for (const agent of agents) {
    const subject = `${agent.agent} at ${transport}`;
    if ((await brokers.admitted(transport)).length === 0) {
      rows.push(login.skipped(subject, 'no broker is admitted by the policy: no credential is sent'));
      continue;
    }
    const answer = await (transport === 'kafka' ? brokers.kafka(agent) : brokers.rabbitmq(agent));
    const way = agent.connections[transport]?.sasl?.mechanism ?? 'its certificate';
    rows.push(
      'value' in answer
        ? login.ok(subject, `is let in by ${way}`)
        : login.fail(
            subject,
            reasonOf(answer.error),
            isAway(answer.error)
              ? 'See whether the broker runs and what its log says, then try again.'
              : 'Correct user, password or certificate; see the broker’s log.',
          ),
    );
  }
  if (transport === 'rabbitmq') rows.push(await guestRow(brokers, options.rabbitmq ?? ''));
  return rows;
}

const isAway = (error: unknown): boolean => error instanceof InabilityError;

/** RabbitMQ makes the user guest, with that password, unless it is told its users. Trying it would be a login. */
async function guestRow(brokers: BrokerView, subject: string): Promise<Row> {
  const guest = rowsOf('sasl', 'guest');
  const management = found(() => brokers.management());
  if ('error' in management || management.value?.canLogIn !== true)
    return guest.unknown(
      subject,
      'whether there is a user guest is not asked: that would be an attempt to log in',
      'Give --management with a login, or look: rabbitmqctl list_users',
    );
  const { value } = management;
  const user = await settled(() => value.get('users', 'guest'));
  if ('error' in user)
    return guest.unknown(
      subject,
      reasonOf(user.error),
      'Give --management-user one who may see users (administrator), or look: rabbitmqctl list_users',
    );
  return user.value === null
    ? guest.ok(subject, 'there is no user guest')
    : guest.fail(
        subject,
        'there is a user guest, whose password everybody knows unless it was changed',
        'rabbitmqctl delete_user guest',
      );
}
