// Packs what would be published, and uses it where nothing is but what each package declares: in plain Node, and by a
// compiler that checks declarations too. Peers that are optional are not there.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = new URL('../../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'sealwire-packed-'));
const described = (file) => JSON.parse(readFileSync(file, 'utf8'));
const packages = new Map(
  globSync(`${root}packages/*/package.json`)
    .sort()
    .map((file) => ({ home: dirname(file), ...described(file) }))
    .filter((one) => one.private !== true)
    .map((one) => [one.name, one]),
);
/** Where a package lies by itself, with what it declares beside it. */
const placeOf = (name) => join(folder, 'alone', name.replace('/', '+'), 'node_modules');

try {
  unpack();
  for (const one of packages.values()) linkDeclared(one);
  const application = join(folder, 'application');
  makeApplication(application);
  runApplication(application);
  compile(application);
  console.error(
    `packed ${packages.size} packages: loaded, run and compiled with nothing but what they declare`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function unpack() {
  const names = [...packages.keys()].flatMap((name) => ['--workspace', name]);
  const packed = run('npm', ['pack', ...names, '--json', '--silent', '--pack-destination', folder], root);
  for (const { name, filename } of JSON.parse(packed)) {
    const place = join(placeOf(name), name);
    mkdirSync(place, { recursive: true });
    run('tar', ['-xzf', join(folder, filename), '--strip-components=1'], place);
  }
}

function linkDeclared({ name, home, dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} }) {
  const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
  for (const wanted of [...Object.keys(dependencies), ...peers]) {
    const theirs = [home, root].map((from) => join(from, 'node_modules', wanted)).find(existsSync);
    link(packages.has(wanted) ? join(placeOf(wanted), wanted) : theirs, join(placeOf(name), wanted));
  }
}

/** Every entry of every package, as its user would write it. */
function makeApplication(application) {
  for (const name of packages.keys())
    link(join(placeOf(name), name), join(application, 'node_modules', name));
  link(join(root, 'node_modules/@types/node'), join(application, 'node_modules/@types/node'));
  const entries = [...packages.values()].flatMap(({ name, exports }) =>
    Object.keys(exports).map((entry) => name + entry.slice(1)),
  );
  const modules = entries.filter((entry) => !entry.endsWith('.json'));
  const imports = modules.map((entry, i) => `import * as m${i} from '${entry}';`).join('\n');
  writeFileSync(join(application, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(
    join(application, 'all.ts'),
    `${imports}\nexport const all = [${modules.map((_, i) => `m${i}`).join(', ')}];\n`,
  );
  writeFileSync(
    join(application, 'main.js'),
    `import { createRequire } from 'node:module';
import { openSealwire } from 'sealwire';
const require = createRequire(import.meta.url);
for (const entry of ${JSON.stringify(modules)})
  if (Object.keys(await import(entry)).length === 0 || Object.keys(require(entry)).length === 0)
    throw new Error(\`\${entry} exports nothing\`);
for (const entry of ${JSON.stringify(entries)}) require(entry);
const sealwire = await openSealwire('pipeline/sealwire.yaml', { agent: 'alice' });
await sealwire.close();
`,
  );
}

function runApplication(application) {
  const [cli] = [...packages.values()].filter(({ bin }) => bin !== undefined);
  const command = join(placeOf(cli.name), cli.name, cli.bin.sealwire);
  const version = run(process.execPath, [command, '--version'], application).trim();
  if (version !== cli.version) throw new Error(`sealwire --version says ${version}`);
  run(process.execPath, [command, 'init', 'pipeline', '--agents', 'alice,bob'], application);
  run(process.execPath, ['main.js'], application);
}

function compile(application) {
  const options = '--module nodenext --target es2023 --types node --strict --noEmit --skipLibCheck false';
  run(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...options.split(' '), 'all.ts'],
    application,
  );
}

function link(target, path) {
  if (target === undefined) throw new Error(`${path} is declared, and not installed here`);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** Standard output. */
function run(command, words, cwd) {
  const { status, stdout } = spawnSync(command, words, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return stdout;
  process.stderr.write(stdout ?? '');
  throw new Error(`${command} ${words[0]} failed`);
}
