// The images of docker/, built where they are missing.
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InabilityError } from '@sealwire/core';
import type { ServerKind } from './brokers.js';
import { dockerFolder } from './fill-template.js';
import { canInstall, install } from './native-tools.js';
import { lastLines, runCommand } from './run-command.js';

type Log = (line: string) => void;

/** The name of a built image; it changes with the files that it is built from, so an old one is never taken for it. */
export async function dockerImage(kind: ServerKind, log: Log): Promise<string> {
  const context = join(dockerFolder, kind);
  const hash = createHash('sha256');
  for (const file of (await readdir(context)).sort())
    hash.update(`${file}\0`).update(await readFile(join(context, file)));
  const image = `sealwire-${kind}:${hash.digest('hex').slice(0, 12)}`;
  if (await hasImage(image)) return image;

  const base = await baseImage(log);
  log(`${kind}: building the image ${image} on ${base}`);
  const work = await mkdtemp(join(tmpdir(), 'sealwire-build-'));
  try {
    await cp(context, work, { recursive: true });
    // What this machine's owner trusts beyond the public CAs; the Dockerfile uses it for its downloads only.
    await cp('/usr/local/share/ca-certificates', work, { recursive: true }).catch(() => undefined);
    await build(image, work, base);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return image;
}

async function build(image: string, context: string, base: string): Promise<void> {
  // Only here: the other ways need not load it.
  const { GenericContainer } = await import('testcontainers');
  try {
    await GenericContainer.fromDockerfile(context)
      .withBuildArgs({ BASE: base })
      .build(image, { deleteOnExit: false });
  } catch (error) {
    const message = `The image ${image} could not be built; to see why: docker build --build-arg BASE=${base} docker/<broker>`;
    throw new InabilityError('ERR_UNABLE_CONNECTION', message, {}, error);
  }
}

async function hasImage(image: string): Promise<boolean> {
  return (await runCommand('docker', ['image', 'inspect', image])).code === 0;
}

const pulledBase = 'debian:trixie-slim';
const importedBase = 'sealwire-debian:trixie';
let wanted: Promise<string> | undefined;

// Both images may ask at once.
function baseImage(log: Log): Promise<string> {
  wanted ??= findBase(log).finally(() => (wanted = undefined));
  return wanted;
}

async function findBase(log: Log): Promise<string> {
  for (const image of [pulledBase, importedBase]) if (await hasImage(image)) return image;
  const pull = await runCommand('docker', ['pull', '--quiet', pulledBase]);
  if (pull.code === 0) return pulledBase;
  log(
    `${pulledBase} cannot be pulled (${lastLines(pull.output, 1)}); making ${importedBase} with debootstrap`,
  );
  await bootstrap(log);
  return importedBase;
}

const mirror = 'http://deb.debian.org';

async function bootstrap(log: Log): Promise<void> {
  if ((await runCommand('debootstrap', ['--version'])).code !== 0 && (await canInstall()))
    await install(['debootstrap'], log);
  const work = await mkdtemp(join(tmpdir(), 'sealwire-base-'));
  try {
    const root = join(work, 'root');
    const archive = join(work, 'root.tar');
    await need('debootstrap', ['--variant=minbase', 'trixie', root, `${mirror}/debian`]);
    const suites = [
      `${mirror}/debian trixie`,
      `${mirror}/debian trixie-updates`,
      `${mirror}/debian-security trixie-security`,
    ];
    await writeFile(
      join(root, 'etc/apt/sources.list'),
      suites.map((suite) => `deb ${suite} main\n`).join(''),
    );
    await need('tar', ['--create', '--numeric-owner', '--file', archive, '--directory', root, '.']);
    await need('docker', ['import', archive, importedBase]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function need(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(command, args);
  if (code !== 0)
    throw new InabilityError(
      'ERR_UNABLE_CONNECTION',
      `${command} failed; as root, make ${importedBase} by hand, or pull ${pulledBase}. It said:\n${lastLines(output)}`,
    );
}
