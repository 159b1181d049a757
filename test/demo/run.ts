// The demo from beginning to end.
import type { Code } from '@sealwire/core';
import { attacksOn } from '../attack/all-attacks.ts';
import type { Arena } from '../attack/arena.ts';
import { writeArenaPolicies } from '../attack/arena-policy.ts';
import { openKafkaArena } from '../attack/kafka-arena.ts';
import { openRabbitmqArena } from '../attack/rabbitmq-arena.ts';
import { runAttack, type AttackResult } from '../attack/run-attack.ts';
import { readAgentMessages } from './agent-messages.ts';
import { canariesOf } from './canaries.ts';
import { carryOverKafka, carryOverRabbitmq } from './carry.ts';
import { PlaintextSearch } from './plaintext-search.ts';
import { phase, say } from './progress.ts';
import { readAudit } from './read-audit.ts';
import { faultsOf, type Report } from './report.ts';
import type { Stand } from './stand.ts';
import { AuditFile } from './verify-audit.ts';
import { arena, pipelineChannels } from './topology.ts';

const canaryCount = 24;
const maxRssMB = 400;

/** @returns the report, and a sentence for each thing that is not as it should be */
export async function runDemo(stand: Stand): Promise<{ report: Report; faults: readonly string[] }> {
  const start = performance.now();
  const messages = readAgentMessages();
  const canaries = canariesOf(messages, canaryCount);
  const many = `${messages.length.toLocaleString('en')} messages`;

  await phase('keys, certificates, brokers', () => stand.open());
  const policies = writeArenaPolicies(arena, pipelineChannels);
  // First, while this process is small: it has to stay so in the face of what is thrown at it.
  const attackAll = async (open: () => Promise<Arena>): Promise<Attacked> => attacked(await open());
  const onKafka = await phase('Kafka: attacks', () => attackAll(() => openKafkaArena(arena, policies)));
  const onRabbitmq = await phase('RabbitMQ: attacks', () =>
    attackAll(() => openRabbitmqArena(arena, policies)),
  );

  const kafka = await phase(`Kafka: ${many} through the pipeline`, () =>
    carryOverKafka(policies.real, messages, canaries),
  );
  const rabbitmq = await phase(`RabbitMQ: ${many} through the pipeline`, () =>
    carryOverRabbitmq(policies.real, messages, canaries),
  );

  const search = new PlaintextSearch([...messages, ...canaries]);
  const auditFile = new AuditFile();
  const counts = await phase('audit trail', () =>
    readAudit((line) => {
      search.look(line);
      auditFile.add(line);
    }),
  );
  const verdict = await phase('audit verify, and once more with an event removed', () =>
    auditFile.verify(policies.real),
  );
  const audit = { ...counts, ...verdict };
  const inAudit = search.found(0, messages.length);
  await phase('brokers stop', () => stand.stopBrokers());
  const find = async (folders: readonly string[]): Promise<Found> => {
    search.forget();
    for (const folder of folders) {
      const { files, bytes } = await search.lookInFolder(folder);
      say(`  ${files} files, ${(bytes / 1e6).toFixed(0)} MB`);
    }
    const all = messages.length + canaries.length;
    return { hits: search.found(0, messages.length), canaries: search.found(messages.length, all) };
  };
  const found = {
    kafka: await phase('Kafka: search of its files', () => find(stand.dataFolders.kafka)),
    rabbitmq: await phase('RabbitMQ: search of its files', () => find(stand.dataFolders.rabbitmq)),
  };

  const results = [...onKafka.results, ...onRabbitmq.results];
  const honest = 2 * messages.length + onKafka.honest + onRabbitmq.honest;
  const report: Report = {
    kafka: { ...kafka, plaintextHits: found.kafka.hits },
    rabbitmq: { ...rabbitmq, plaintextHits: found.rabbitmq.hits },
    attacks: results.map(({ transport, name, refused, code, note }) => ({
      transport,
      name,
      refused,
      code: code as Code | null,
      ...(note === undefined ? {} : { note }),
    })),
    audit,
    seconds: Math.round((performance.now() - start) / 100) / 10,
    maxRssMB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  const rejected = onKafka.injected + onRabbitmq.injected;
  const faults = faultsOf(report, {
    messages: messages.length,
    attacks: results,
    audit: { sent: honest, received: honest, rejected },
    maxRssMB,
  });
  if (inAudit > 0) faults.push(`audit: texts of ${inAudit} messages lie in the audit trail.`);
  for (const transport of ['kafka', 'rabbitmq'] as const) {
    const { canaries: seen } = found[transport];
    if (seen === canaryCount) continue;
    faults.push(
      `${transport}: the search is broken, it found ${seen} of ${canaryCount} texts that do lie there.`,
    );
  }
  return { report, faults };
}

interface Found {
  readonly hits: number;
  readonly canaries: number;
}

interface Attacked {
  readonly results: readonly AttackResult[];
  readonly honest: number;
  readonly injected: number;
}

async function attacked(on: Arena): Promise<Attacked> {
  const results: AttackResult[] = [];
  try {
    for (const attack of attacksOn(on.transport)) results.push(await runAttack(on, attack));
  } finally {
    await on.close();
  }
  return { results, ...on.counts };
}
