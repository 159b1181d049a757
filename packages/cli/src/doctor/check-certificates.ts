// How long the certificates of agents, CAs and brokers last, and whether their keys are large enough.
import { X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';
import tls, { type DetailedPeerCertificate } from 'node:tls';
import type { Transport } from '@sealwire/core';
import { readRevocationLists, type Policy, type TlsPolicy } from '@sealwire/policy';
import { nameOf, type BrokerPlace } from './broker-place.js';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { found } from './found.js';
import { deadline } from './deadline.js';
import { wayTo } from './known-places.js';
import { asItSays } from './next-step.js';
import { rowsOf, type Row, type RowMaker } from './row.js';
import { reasonOf } from './run-checks.js';
import { until } from './spans.js';

/** Of what is left of a certificate’s life, below which it is told. */
const soon = 1 / 5;

export const checkClientCertificates: Check = {
  group: 'certificates',
  name: 'files',
  run({ policy, agents, nowMs, guardOf }: DoctorContext) {
    if ('error' in policy) return [rowsOf('certificates', 'files').skipped('', 'the policy does not read')];
    const rows = new Map<string, readonly Row[]>();
    for (const agent of agents)
      for (const transport of ['kafka', 'rabbitmq'] as const) {
        const connection = agent.connections[transport];
        if (connection === null) continue;
        const { caFile, certFile, crlFile } = connection.tls;
        rows.set(`${transport} ${agent.agent}`, [setRow(agent, transport, guardOf(agent, transport))]);
        rows.set(
          caFile,
          fileRows(
            caFile,
            rowsOf('certificates', 'ca'),
            nowMs,
            'Put the CA’s new certificate beside the old one.',
          ),
        );
        if (certFile !== null)
          rows.set(
            certFile,
            fileRows(
              certFile,
              rowsOf('certificates', 'client'),
              nowMs,
              'Renew it; the next connection uses the new one.',
            ),
          );
        if (crlFile !== null) rows.set(crlFile, [listRow(connection.tls, nowMs)]);
      }
    return [...rows.values()].flat();
  },
};

/** What an agent itself would say of its files at start. */
function setRow({ agent }: Policy, transport: Transport, guard: ReturnType<DoctorContext['guardOf']>): Row {
  const say = rowsOf('certificates', 'connection');
  const subject = `${agent} for ${transport}`;
  return 'value' in guard
    ? say.ok(subject, 'certificate, key, CA and password fit together')
    : say.fail(subject, reasonOf(guard.error), 'Do as it says: the agent does not start.');
}

function fileRows(file: string, say: RowMaker, nowMs: number, fix: string): readonly Row[] {
  const read = found(() =>
    (
      readFileSync(file, 'latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    ).map((pem) => new X509Certificate(pem)),
  );
  if ('error' in read || read.value.length === 0)
    return [say.fail(file, 'holds no certificate that can be read', 'Put one there, in PEM.')];
  return read.value.map((certificate) =>
    certificateRow(say, `${file} ${nameIn(certificate)}`, certificate, nowMs, fix),
  );
}

function listRow({ crlFile }: TlsPolicy, nowMs: number): Row {
  const say = rowsOf('certificates', 'revocations');
  const lists = found(() => readRevocationLists(crlFile!, nowMs));
  if ('error' in lists)
    return say.fail(
      crlFile!,
      (lists.error as Error).message,
      'Fetch the CA’s current list and put it there.',
    );
  const endMs = Math.min(...lists.value.map((list) => list.endMs));
  return say.ok(crlFile!, `${lists.value.length} lists, good ${until(endMs, nowMs)}`);
}

export const checkBrokerCertificates: Check = {
  group: 'certificates',
  name: 'brokers',
  async run(context: DoctorContext) {
    const { brokers, agents } = context;
    const say = rowsOf('certificates', 'broker');
    const rows = (['kafka', 'rabbitmq'] as const).map(async (transport): Promise<readonly Row[]> => {
      const why = brokers.whyNot(transport);
      if (why !== null) return [say.skipped(transport, why)];
      const connection = agents[0]!.connections[transport]!;
      return (
        await Promise.all(brokers.of(transport).map((place) => placeRows(place, connection.tls, context)))
      ).flat();
    });
    return (await Promise.all(rows)).flat();
  },
};

async function placeRows(
  place: BrokerPlace,
  policy: TlsPolicy,
  context: DoctorContext,
): Promise<readonly Row[]> {
  const { brokers, nowMs } = context;
  const say = rowsOf('certificates', 'broker');
  const answer = await brokers.handshake(place);
  const fix = 'Renew it at the broker.';
  if ('error' in answer) {
    const way = wayTo(context, place);
    const shown = 'error' in way ? null : await lookAt(place, policy, way.value);
    return [
      say.fail(
        nameOf(place),
        `the policy’s connection is refused: ${reasonOf(answer.error)}`,
        `${asItSays(answer.error, 'See whether a broker listens there, and correct its address or the network.')} Until then no credential goes there, and neither do agents.`,
      ),
      ...(shown === null
        ? []
        : chainOf(shown).map((one) =>
            certificateRow(say, `${nameOf(place)} ${nameIn(one)}`, one, nowMs, fix),
          )),
    ];
  }
  const { peer, certificate } = answer.value;
  const pinned = policy.pins === null ? '' : ', its key is pinned';
  const revocation = policy.crlFile === null ? ', revocation not asked (no crl_file)' : ', not revoked';
  return [
    say.ok(
      nameOf(place),
      `${peer.protocol}, ${peer.cipher}, ${peer.peerName}: verified${pinned}${revocation}`,
    ),
    ...chainOf(certificate).map((one) =>
      certificateRow(say, `${nameOf(place)} ${nameIn(one)}`, one, nowMs, fix),
    ),
  ];
}

/** What a broker shows that is not trusted: to say what is wrong with it. Nothing of ours is shown to it. */
function lookAt(
  { host, port }: BrokerPlace,
  { serverName }: TlsPolicy,
  lookup: { readonly lookup?: LookupFunction },
): Promise<DetailedPeerCertificate | null> {
  return new Promise((resolve) => {
    const name = serverName ?? (isIP(host) === 0 ? host : null);
    const socket = tls.connect({
      host,
      port,
      ...lookup,
      ...(name === null ? {} : { servername: name }),
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
    });
    deadline(socket, 5_000, () => socket.destroy());
    socket.once('secureConnect', () => {
      const shown = socket.getPeerCertificate(true);
      resolve((shown as { raw?: Buffer }).raw === undefined ? null : shown);
      socket.destroy();
    });
    socket.on('error', () => resolve(null));
    socket.once('close', () => resolve(null));
  });
}

/** From the broker’s own upwards, each once: a root is its own issuer. */
function chainOf(first: DetailedPeerCertificate): readonly X509Certificate[] {
  const chain = new Map<string, X509Certificate>();
  for (
    let one: DetailedPeerCertificate | undefined = first;
    one?.raw !== undefined;
    one = one.issuerCertificate
  ) {
    if (chain.has(one.fingerprint256)) break;
    chain.set(one.fingerprint256, new X509Certificate(one.raw));
  }
  return [...chain.values()];
}

export function certificateRow(
  say: RowMaker,
  subject: string,
  { publicKey, validFrom, validTo }: X509Certificate,
  nowMs: number,
  fix: string,
): Row {
  const [beginMs, endMs] = [Date.parse(validFrom), Date.parse(validTo)];
  const seen = `${keyOf(publicKey)}, ${until(endMs, nowMs)}`;
  if (nowMs < beginMs) return say.fail(subject, `${seen}: not yet valid`, 'Check the clocks.');
  if (nowMs >= endMs) return say.fail(subject, seen, fix);
  if (isSmall(publicKey))
    return say.fail(
      subject,
      `${seen}: its key is too small`,
      'Have one issued for P-256, or RSA with 2048 bits at least.',
    );
  return endMs - nowMs < (endMs - beginMs) * soon ? say.warn(subject, seen, fix) : say.ok(subject, seen);
}

function keyOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { modulusLength, namedCurve } = asymmetricKeyDetails ?? {};
  const kind = asymmetricKeyType === undefined ? 'unknown key' : asymmetricKeyType.toUpperCase();
  return [kind, namedCurve ?? modulusLength].filter(Boolean).join(' ');
}

function isSmall({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const bits = asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined) return bits < 2048;
  return (
    asymmetricKeyType === 'ec' &&
    /(?:160|163|192|193|224|233|239)/.test(asymmetricKeyDetails?.namedCurve ?? '')
  );
}

const nameIn = ({ subject }: X509Certificate): string => `(${subject.split('\n').join(', ')})`;
