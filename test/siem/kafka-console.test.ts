// Kafka’s own console consumer: the Java client that Logstash, Kafka Connect and Splunk Connect for Kafka are built on.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { hasKafkaLibrary, kafkaLibraryFolder, runCommand } from '@sealwire/testing';
import { siemLogin } from './siem-login.ts';
import { writeTrail } from './written-trail.ts';

const has = (await hasKafkaLibrary()) && (await runCommand('java', ['-version'])).code === 0;
if (!has)
  process.stderr.write(
    'Skipped: Kafka’s console consumer reads the audit topic. It needs Java 17, and Kafka’s jars where native brokers have them.\n',
  );

(has ? test : test.skip)(
  'Kafka’s console consumer, logged in by SCRAM, gives every event that stands on the topic',
  async () => {
    const trail = await writeTrail();
    const { brokers, folder, group, password, user } = await siemLogin(trail.topic);
    const pair = join(folder, 'siem.pem');
    writeFileSync(
      pair,
      ['siem.key', 'siem.crt'].map((file) => readFileSync(join(folder, file), 'utf8')).join(''),
      { mode: 0o600 },
    );
    const settings = {
      'security.protocol': 'SASL_SSL',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': join(folder, 'ca.crt'),
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': pair,
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${user}" password="${password}";`,
    };
    const config = join(folder, 'consumer.properties');
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(config, lines.join(''), { mode: 0o600 });
    const consumer = [
      '-cp',
      `${await kafkaLibraryFolder()}/*`,
      'org.apache.kafka.tools.consumer.ConsoleConsumer',
    ];
    const from = ['--bootstrap-server', brokers.join(','), '--topic', trail.topic, '--from-beginning'];
    const until = ['--max-messages', String(trail.values.length), '--timeout-ms', '60000'];
    const more = ['--group', group, '--consumer.config', config];
    const { code, output } = await runCommand('java', [...consumer, ...from, ...until, ...more]);
    const events = output.split('\n').filter((line) => line.startsWith('{'));
    process.stderr.write(
      `siem: ${trail.values.length} events on the topic, ${events.length} by Kafka’s console consumer\n`,
    );
    expect({ code, events }).toEqual({ code: 0, events: trail.values.map(String) });
  },
);
