// Every place where a broker listens, as far as is known: as given, and as Kafka advertises.
import { isIP, type LookupFunction } from 'node:net';
import { nameOf, type BrokerPlace } from './broker-place.js';
import type { DoctorContext } from './context.js';
import { found, type Found } from './found.js';
import { seeConnection } from './next-step.js';
import { rowsOf, type Group, type Row } from './row.js';

/** With a row for each transport that cannot be looked at. */
export async function knownPlaces(
  { brokers, agents }: DoctorContext,
  group: Group,
  check: string,
): Promise<{ readonly places: readonly BrokerPlace[]; readonly rows: readonly Row[] }> {
  const rows: Row[] = [];
  const places = new Map<string, BrokerPlace>();
  for (const transport of ['kafka', 'rabbitmq'] as const) {
    const why = brokers.whyNot(transport);
    if (why !== null) {
      rows.push(rowsOf(group, check).skipped(transport, why));
      continue;
    }
    for (const place of brokers.of(transport)) places.set(nameOf(place), place);
    if (transport === 'rabbitmq') continue;
    const survey = await soon(brokers.kafka(agents[0]!));
    if (survey === null || 'error' in survey)
      rows.push(
        rowsOf(group, 'advertised').unknown(
          'kafka',
          'what it advertises is not known: it could not be asked as an agent',
          seeConnection,
        ),
      );
    else
      for (const { host, port } of survey.value.brokers)
        places.set(nameOf({ host, port }), { transport, host, port });
  }
  return { places: [...places.values()], rows };
}

const patienceMs = 15_000;

/** `null` where it takes too long. */
async function soon<Value>(work: Promise<Value>): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), patienceMs)));
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** How sockets get there without leaving the policy’s networks; an error where the place is outside. */
export function wayTo(
  { agents, guardOf }: DoctorContext,
  { transport, host }: BrokerPlace,
): Found<{ readonly lookup?: LookupFunction }> {
  const guard = guardOf(agents[0]!, transport);
  if ('error' in guard) return guard;
  return found(() => {
    if (isIP(host) !== 0) guard.value.checkAddress(host, host);
    const { lookup } = guard.value.tlsOptions(host);
    return lookup === undefined ? {} : { lookup: lookup };
  });
}
