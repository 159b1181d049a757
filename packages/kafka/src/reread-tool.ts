// A client for the one act of allowing a re-read, for tools.
import type { Sealwire } from '@sealwire/core';
import kafkajs from 'kafkajs';
import type { AllowedReread, Reread } from './allow-reread.js';
import { secureKafka } from './secure-kafka.js';

/** As `SecureKafka.allowReread`. */
export function allowRereadAt(
  sealwire: Sealwire,
  brokers: readonly string[],
  reread: Reread,
): Promise<AllowedReread> {
  const { NOTHING } = kafkajs.logLevel;
  const kafka = secureKafka(sealwire, {
    clientId: 'sealwire-replay',
    brokers: [...brokers],
    logLevel: NOTHING,
  });
  return kafka.allowReread(reread);
}
