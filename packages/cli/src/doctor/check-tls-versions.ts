// Which versions of TLS the brokers accept, whoever asks.
import type { LookupFunction } from 'node:net';
import type { PolicyTemplate } from '@sealwire/policy';
import { nameOf } from './broker-place.js';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { knownPlaces, wayTo } from './known-places.js';
import { probeVersion, tlsVersions, type ProbedVersion } from './probe-version.js';
import { rowsOf, type Row } from './row.js';

const say = rowsOf('tls', 'versions');

export const checkTlsVersions: Check = {
  group: 'tls',
  name: 'versions',
  limitMs: 60_000,
  async run(context: DoctorContext) {
    const { policy } = context;
    const { places, rows } = await knownPlaces(context, 'tls', 'versions');
    if ('error' in policy) return rows;
    const asked = places.map(async (place) => {
      const way = wayTo(context, place);
      return 'error' in way ? [] : [await versionsRow(nameOf(place), policy.value, place, way.value)];
    });
    return [...rows, ...(await Promise.all(asked)).flat()];
  },
};

async function versionsRow(
  subject: string,
  policy: PolicyTemplate,
  place: Parameters<typeof probeVersion>[0],
  lookup: { readonly lookup?: LookupFunction },
): Promise<Row> {
  const answers = new Map(
    await Promise.all(
      tlsVersions.map(async (version) => [version, await probeVersion(place, version, lookup)] as const),
    ),
  );
  const those = (state: string): readonly ProbedVersion[] =>
    tlsVersions.filter((version) => answers.get(version)!.state === state);
  const accepted = those('accepted');
  const unknown = those('unknown').map((version) => `${version} (${answers.get(version)!.reason})`);
  const seen = [
    accepted.length > 0 ? `accepts ${accepted.join(', ')}` : 'accepts none that was asked for',
    ...(unknown.length > 0 ? [`not known: ${unknown.join(', ')}`] : []),
  ].join('; ');
  const stated = policy.controls.find(({ key }) => key === 'channel_security.tls.min_version');
  const fix =
    'Allow TLSv1.3 only at the broker (Kafka: ssl.enabled.protocols=TLSv1.3; RabbitMQ: ssl_options.versions.1 = tlsv1.3).';
  const old = accepted.filter((version) => version === 'TLSv1' || version === 'TLSv1.1');
  if (old.length > 0) return say.fail(subject, seen, fix);
  if (accepted.includes('TLSv1.2') && stated?.weakUntilMs == null)
    // Sealwire does not use it; where the policy says so, nobody is to.
    return stated === undefined
      ? say.warn(subject, seen, fix)
      : say.fail(subject, `${seen}; the policy states 1.3`, fix);
  if (!accepted.includes('TLSv1.3') && those('unknown').includes('TLSv1.3'))
    return say.unknown(subject, seen, 'See the rows “certificates”.');
  if (accepted.length === 0) return say.fail(subject, seen, 'Enable TLS 1.3 at the broker.');
  return unknown.length > 0
    ? say.unknown(subject, seen, 'Ask from a machine whose OpenSSL can.')
    : say.ok(subject, seen);
}
