// What runs here: Node.js, OpenSSL, the clients, and whether the process weakens TLS.
import { getFips } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { refuseWeakRuntime } from '@sealwire/policy';
import type { Check } from './check.js';
import { rowsOf, type Row } from './row.js';

/** As in `engines` and `peerDependencies`. */
const leastNode = [22, 22];
const clients = {
  kafkajs: { from: '@sealwire/kafka', wanted: '2.2', test: /^2\.2\.\d+/ },
  amqplib: { from: '@sealwire/amqp', wanted: '2.3.1 or later, below 3', test: /^2\.(3\.[1-9]|[4-9]|\d\d)/ },
};

export const checkProcess: Check = {
  group: 'process',
  name: 'runtime',
  run: () => [
    nodeRow(process.versions.node),
    runtimeRow(),
    opensslRow(),
    ...Object.keys(clients).map((name) => clientRow(name as keyof typeof clients)),
  ],
};

export function nodeRow(version: string): Row {
  const say = rowsOf('process', 'node');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [least = 0, leastMinor = 0] = leastNode;
  return major > least || (major === least && minor >= leastMinor)
    ? say.ok('', version)
    : say.fail('', `${version} is too old`, `Use Node.js ${leastNode.join('.')} or later.`);
}

function runtimeRow(): Row {
  const say = rowsOf('process', 'settings');
  try {
    refuseWeakRuntime(process);
    return say.ok('', 'nothing in environment or command line weakens TLS');
  } catch (error) {
    return say.fail('', (error as Error).message, 'Unset what is named, for the agents’ processes too.');
  }
}

function opensslRow(): Row {
  const fips = getFips() === 1 ? 'FIPS mode on' : 'FIPS mode off';
  return rowsOf('process', 'openssl').ok('', `${process.versions.openssl}, ${fips}`);
}

function clientRow(name: keyof typeof clients): Row {
  const say = rowsOf('process', 'client');
  const { wanted, test } = clients[name];
  const version = versionOf(name);
  if (version === null) return say.skipped(name, 'is not installed here');
  return test.test(version)
    ? say.ok(name, version)
    : say.fail(name, `${version} is not supported`, `Install ${name} ${wanted}.`);
}

/** The one that the adapter would load: asked where the adapter is. */
function versionOf(name: keyof typeof clients): string | null {
  try {
    const adapter = createRequire(import.meta.url).resolve(clients[name].from);
    let folder = dirname(createRequire(adapter).resolve(name));
    for (;;) {
      const described = packageIn(folder);
      if (described?.name === name) return described.version;
      if (dirname(folder) === folder) return null;
      folder = dirname(folder);
    }
  } catch {
    return null;
  }
}

function packageIn(folder: string): { readonly name: string; readonly version: string } | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
    };
  } catch {
    return null;
  }
}
