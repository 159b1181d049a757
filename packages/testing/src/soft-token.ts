// A PKCS#11 token in software (SoftHSM2), for tests and benches of hardware keys.
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { InabilityError } from '@sealwire/core';
import { canInstall, inPath, install } from './native-tools.js';
import { lastLines, runCommand } from './run-command.js';

/** A new, empty token of this process. */
export interface SoftToken {
  /** Path of the PKCS#11 module. */
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  /** Holds the PIN, mode 600. */
  readonly pinFile: string;
  /** As if it were pulled out: what asks the module anew finds no token. */
  pullOut(): Promise<void>;
  putBack(): Promise<void>;
  /** Forgets the token and all its keys. */
  remove(): Promise<void>;
}

const modules = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

/**
 * Makes a token, installing SoftHSM2 where it is missing and this is root on Debian.
 * One at a time in one process: the module finds its tokens by the environment.
 * @returns `null` where there is no SoftHSM2 or pkcs11js was not built; `log` is told which
 */
export async function softToken(log: (line: string) => void): Promise<SoftToken | null> {
  const pkcs11js: string = 'pkcs11js';
  try {
    await import(pkcs11js);
  } catch {
    log(
      'SKIPPED: pkcs11js was not built (it needs a C++ compiler and the headers of Node.js); run: npm rebuild pkcs11js',
    );
    return null;
  }
  if (!(await inPath('softhsm2-util')) && (await canInstall())) await install(['softhsm2'], log);
  const module = await firstOf(modules);
  if (module === null || !(await inPath('softhsm2-util'))) {
    log('SKIPPED: SoftHSM2 is not installed; run: apt-get install softhsm2');
    return null;
  }
  const folder = await mkdtemp(join(tmpdir(), 'sealwire-token-'));
  const [tokens, away] = [join(folder, 'tokens'), join(folder, 'away')];
  const settings = join(folder, 'softhsm2.conf');
  await mkdir(tokens, { mode: 0o700 });
  await writeFile(
    settings,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  await setRealEnvironment('SOFTHSM2_CONF', settings);
  const [label, pin] = ['sealwire', '48151623'];
  const pinFile = join(folder, 'pin');
  await writeFile(pinFile, `${pin}\n`, { mode: 0o600 });
  const made = await runCommand(
    'softhsm2-util',
    ['--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', '42108423'],
    { env: { ...process.env, SOFTHSM2_CONF: settings } },
  );
  if (made.code !== 0)
    throw new InabilityError(
      'ERR_UNABLE_KEY_STORE',
      `softhsm2-util could not make a token. It said:\n${lastLines(made.output)}`,
    );
  return {
    module,
    label,
    pin,
    pinFile,
    pullOut: () => rename(tokens, away),
    putBack: () => rename(away, tokens),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function firstOf(paths: readonly string[]): Promise<string | null> {
  for (const path of paths)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  return null;
}

/** Test runners give tests a copy of `process.env`; a module in C reads the process' own. */
async function setRealEnvironment(name: string, value: string): Promise<void> {
  process.env[name] = value;
  const code =
    'const { workerData } = require("node:worker_threads"); process.env[workerData[0]] = workerData[1];';
  const worker = new Worker(code, { eval: true, env: SHARE_ENV, workerData: [name, value] });
  await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
}
