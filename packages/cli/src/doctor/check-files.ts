// Whether what the policy names is there, and belongs to nobody else.
import { accessSync, constants, lstatSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { agentFiles, rootFolderOf, sharedFiles, type NamedFile } from './named-files.js';
import { rowsOf, type Row } from './row.js';

const say = rowsOf('files', 'permissions');

export const checkFiles: Check = { group: 'files', name: 'permissions', run: fileRows };

function fileRows({ policy, agents }: DoctorContext): readonly Row[] {
  if ('error' in policy) return [say.skipped('', 'the policy does not read')];
  const files = [...sharedFiles(policy.value), ...agents.flatMap(agentFiles)];
  const root = rootFolderOf(policy.value);
  return [
    ...[...new Map(files.map((file) => [file.path, file])).values()].map(judgeFile),
    ...(root === null
      ? []
      : [
          rowsOf('files', 'root key').warn(
            root,
            'the root key is on this machine: who takes it can add agents and keys',
            'Take the folder offline (the ceremony, section 2).',
          ),
        ]),
  ];
}

/** Windows has no such bits; its access lists are the administrator’s task. */
const hasModes = process.platform !== 'win32';

export function judgeFile({ path, kind, made }: NamedFile): Row {
  let link: Stats;
  let facts: Stats;
  try {
    link = lstatSync(path);
    facts = statSync(path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    if (reason !== 'ENOENT' || !made)
      return say.fail(
        path,
        `cannot be read (${reason})`,
        reason === 'EACCES' || reason === 'EPERM'
          ? 'Run this as the user that the agent runs as, and let that user read the folders on the way.'
          : 'Put it there, or correct the path in the policy.',
      );
    return say.ok(path, 'is not there yet: the agent makes it, for its owner only');
  }
  if (kind === 'folder' ? !facts.isDirectory() : !facts.isFile())
    return say.fail(
      path,
      `is no ${kind === 'folder' ? 'folder' : 'file'}`,
      'Correct the path in the policy.',
    );
  if (!hasModes) return say.unknown(path, 'this system has no modes', 'Look at its access list.');
  const mode = facts.mode & 0o777;
  const target = link.isSymbolicLink() ? `, a link to ${realpathSync(path)}` : '';
  const seen = `mode ${mode.toString(8).padStart(3, '0')}, owner ${facts.uid}${target}`;
  const quoted = `'${path.replaceAll("'", "'\\''")}'`;
  // What is in it has modes of its own.
  if (kind === 'folder' && (mode & 0o077) !== 0 && (mode & 0o022) === 0)
    return say.warn(path, `${seen}: others can look into it`, `chmod 700 ${quoted}`);
  if (kind !== 'trusted' && (mode & 0o077) !== 0)
    return say.fail(
      path,
      `${seen}: others can ${(mode & 0o022) === 0 ? 'read' : 'write'} it`,
      `chmod ${kind === 'folder' ? 700 : 600} ${quoted}${(mode & 0o044) === 0 ? '' : '; if others were on this machine, replace what it holds'}`,
    );
  if ((mode & 0o022) !== 0) return say.fail(path, `${seen}: others can change it`, `chmod go-w ${quoted}`);
  const open = [dirname(path), ...(target === '' ? [] : [dirname(realpathSync(path))])].find(
    othersCanReplace,
  );
  if (open !== undefined)
    return say.fail(
      path,
      `${seen}: others can replace it, because they can write ${open}`,
      `chmod go-w '${open}'`,
    );
  if (kind === 'folder' && !canWrite(path))
    return say.fail(
      path,
      `${seen}: this user cannot write it`,
      'Give it to the user that the agent runs as.',
    );
  const uid = process.getuid?.() ?? facts.uid;
  if (uid !== 0 && facts.uid !== uid && facts.uid !== 0)
    return say.warn(
      path,
      `${seen}: belongs to somebody else than user ${uid}`,
      'Run this as the user that the agent runs as, and let that user or root own it.',
    );
  return say.ok(path, seen);
}

/** In a folder with the sticky bit (/tmp) everybody may write, and nobody may replace another’s file. */
function othersCanReplace(folder: string): boolean {
  try {
    const { mode, gid } = statSync(folder);
    const byGroup = (mode & 0o020) !== 0 && gid !== 0;
    return (mode & 0o1000) === 0 && ((mode & 0o002) !== 0 || byGroup);
  } catch {
    return false;
  }
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
