// Kafka's jars, taken once from Maven Central into a cache folder.
import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InabilityError } from '@sealwire/core';
import { dockerFolder } from './fill-template.js';
import { lastLines, runCommand } from './run-command.js';

const pom = join(dockerFolder, 'kafka/pom.xml');

/** The version that docker/kafka/pom.xml names. */
export async function kafkaVersion(): Promise<string> {
  return /<kafka\.version>([^<]+)</.exec(await readFile(pom, 'utf8'))?.[1] ?? 'unknown';
}

/** Where the jars are, or will be: one folder for each content of the pom. */
export async function kafkaLibraryFolder(): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const mark = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 12);
  return join(cache, 'sealwire', `kafka-${await kafkaVersion()}-${mark}`);
}

/** True where nothing needs to be downloaded. */
export async function hasKafkaLibrary(): Promise<boolean> {
  return access(await kafkaLibraryFolder()).then(
    () => true,
    () => false,
  );
}

/**
 * The folder with the jars, downloaded first where it is missing (about 55 MB, by Maven, which checks their checksums).
 * Complete or absent, never half: several processes may ask at once.
 */
export async function kafkaLibrary(log: (line: string) => void): Promise<string> {
  const folder = await kafkaLibraryFolder();
  if (await hasKafkaLibrary()) return folder;
  log(`Kafka: taking the jars of ${await kafkaVersion()} from Maven Central into ${folder} (about 55 MB)`);
  await mkdir(join(folder, '..'), { recursive: true });
  const work = await mkdtemp(`${folder}.part-`);
  try {
    await copyFile(pom, join(work, 'pom.xml'));
    const args = [
      '--quiet',
      '--batch-mode',
      'dependency:copy-dependencies',
      `-DoutputDirectory=${join(work, 'lib')}`,
    ];
    const { code, output } = await runCommand('mvn', args, { cwd: work });
    if (code !== 0)
      throw new InabilityError(
        'ERR_UNABLE_CONNECTION',
        `Maven could not fetch Kafka; check its network access. It said:\n${lastLines(output)}`,
      );
    await rename(join(work, 'lib'), folder).catch(async (error: unknown) => {
      // Another process was faster, which is as good.
      if (!(await hasKafkaLibrary())) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}
