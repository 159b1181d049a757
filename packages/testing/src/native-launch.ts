// Launches brokers as child processes of this one.
import { join } from 'node:path';
import type { Launch } from './broker-unit.js';
import { dockerFolder } from './fill-template.js';
import { startGuarded } from './guarded-process.js';
import { kafkaLibrary } from './kafka-library.js';

/** Runs the same start.sh as the images do. */
export function nativeLaunch(log: (line: string) => void): Launch {
  return async (kind, folder, logFile) =>
    startGuarded(['sh', join(dockerFolder, kind, 'start.sh'), folder], {
      logFile,
      env: kind === 'kafka' ? { KAFKA_LIB: await kafkaLibrary(log) } : {},
    });
}
