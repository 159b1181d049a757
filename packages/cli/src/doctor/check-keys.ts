// Whether each agent’s own keys are valid, in time, held here, and those that the directory lists.
import { existsSync } from 'node:fs';
import {
  defaultRotation,
  dueKey,
  isUsable,
  keyEncryption,
  keyFileName,
  periodOf,
  readPassphrase,
  readPrivateKeyFile,
  type KeyEncryption,
  type ListedKey,
  type OpenDirectory,
} from '@sealwire/identity';
import type { Policy } from '@sealwire/policy';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { found, type Found } from './found.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';
import { span, until } from './spans.js';

/** A key and the name of its file. */
interface OwnKey {
  readonly key: ListedKey;
  readonly of: string;
  readonly file: string | null;
}

export const checkKeys: Check = {
  group: 'keys',
  name: 'private keys',
  limitMs: 60_000,
  run({ policy, agents, directoryOf, nowMs }: DoctorContext) {
    if ('error' in policy) return [rowsOf('keys', 'private keys').skipped('', 'the policy does not read')];
    return agents.flatMap((agent) => {
      const read = directoryOf(agent);
      return 'error' in read
        ? [rowsOf('keys', 'private keys').skipped(agent.agent, 'the directory does not read')]
        : agentRows(agent, read.value.directory, nowMs);
    });
  },
};

function agentRows(policy: Policy, directory: OpenDirectory, nowMs: number): readonly Row[] {
  const { agent, keys } = policy;
  const groups = directory.groups.filter((group) => directory.isMember(agent, group));
  const owned = (of: string, kind: 'signing' | 'sealing' | { group: string }): readonly OwnKey[] => {
    const listed = kind === 'signing' ? directory.signingKeys(of) : directory.sealingKeys(of);
    return listed.map((key) => ({
      key,
      of,
      file: 'folder' in keys ? keyFileName(keys.folder, agent, kind, key.publicKey) : null,
    }));
  };
  const sets = [
    owned(agent, 'signing'),
    owned(agent, 'sealing'),
    ...groups.map((group) => owned(group, { group })),
  ];
  const encryption = found(() => keyEncryption('folder' in keys ? readPassphrase(keys.passphrase) : 'none'));
  return sets.flatMap((set, i) => {
    const name = [agent, agent, ...groups][i]!;
    const purpose = i === 0 ? 'message-signing' : 'sealing';
    const subject = `${agent}: ${i === 0 ? 'signing key' : name === agent ? 'sealing key' : `key of ${name}`}`;
    return [
      ...lifeRows(subject, name, purpose, set, policy, nowMs),
      ...set.flatMap((one) => heldRows(subject, agent, one, nowMs, encryption)),
    ];
  });
}

function lifeRows(
  subject: string,
  name: string,
  purpose: 'message-signing' | 'sealing',
  set: readonly OwnKey[],
  { rotation }: Policy,
  nowMs: number,
): readonly Row[] {
  const say = rowsOf('keys', 'validity');
  const valid = set.find(({ key }) => isUsable(key, nowMs));
  const command = `sealwire keys rotate --force ${name}`;
  if (valid === undefined) return [say.fail(subject, 'none that is listed is valid now', command)];
  const { notBeforeMs, notAfterMs } = valid.key;
  const seen = `${valid.key.keyId.toString('hex').slice(0, 8)}…, ${until(notAfterMs, nowMs)}`;
  // Without `rotation` in the policy an operator decides: then its end is what counts.
  if (rotation === null)
    return [
      notAfterMs - nowMs < (notAfterMs - notBeforeMs) / 4
        ? say.warn(subject, seen, `${command}; or have it done by itself (rotation in the policy)`)
        : say.ok(subject, seen),
    ];
  const settings = { ...defaultRotation, ...rotation };
  const due = dueKey(
    set.map(({ key }) => key),
    periodOf(purpose, settings),
    nowMs,
    null,
  );
  return [
    due?.why === 'late'
      ? say.fail(
          subject,
          `${seen}: rotation is behind, it is the newest for ${span(nowMs - notBeforeMs)}`,
          `See why it is not done: rotation.failed in the audit trail; by hand: ${command}`,
        )
      : say.ok(subject, seen),
  ];
}

/** The private half of a key that is used, or still opens what was sealed to it, must be here and fit. */
function heldRows(
  subject: string,
  agent: string,
  { key, of, file }: OwnKey,
  nowMs: number,
  encryption: Found<KeyEncryption>,
): readonly Row[] {
  const say = rowsOf('keys', 'private half');
  const id = `${subject} ${key.keyId.toString('hex').slice(0, 8)}…`;
  if (file === null)
    return isUsable(key, nowMs)
      ? [say.unknown(id, 'it is in a token', `Ask the token: sealwire policy check --agent ${agent}`)]
      : [];
  const here = existsSync(file);
  const isOver = key.destroyAtMs !== null && nowMs >= key.destroyAtMs;
  if (here && isOver)
    return [
      say.fail(
        id,
        `is past its destroy time, and still here: ${file}`,
        'Start the agent, which destroys it; if it runs, see why it does not.',
      ),
    ];
  if (here && key.distrustFromMs !== null && nowMs >= key.distrustFromMs)
    return [
      say.warn(
        id,
        `was revoked, and is held here: ${file}`,
        key.purpose === 'sealing'
          ? `It still opens old messages; make sure that there is a newer one: sealwire keys rotate ${of}`
          : `Let the agent in with new keys: sealwire keys rotate --force ${of}; then remove the file.`,
      ),
    ];
  if (!isUsable(key, nowMs)) return [];
  if (!here && of !== agent && key.shares.some(({ member }) => member === agent))
    return [say.ok(id, 'is fetched from the directory when the agent starts: it was given its share')];
  if (!here)
    return [
      say.fail(
        id,
        `is listed and valid, and ${file} is not there`,
        `Restore it, or replace the key: sealwire keys rotate --force ${of}`,
      ),
    ];
  const opened = found(() => {
    if ('error' in encryption) throw encryption.error;
    return readPrivateKeyFile(file, encryption.value);
  });
  if ('error' in opened)
    return [say.fail(id, reasonOf(opened.error), 'Restore the key file or its passphrase.')];
  opened.value.scalar.fill(0);
  return [
    opened.value.publicKey.equals(key.publicKey)
      ? say.ok(id, 'opens, and is the one that is listed')
      : say.fail(id, `${file} holds another key than is listed`, 'Restore the right file.'),
  ];
}
