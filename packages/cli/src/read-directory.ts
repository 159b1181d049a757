// Reads and verifies a directory file once, for commands.
import { nodePrimitives } from '@sealwire/crypto';
import { linesOf, verifyLines, type OpenDirectory, type Pin } from '@sealwire/identity';
import { readNamedFile } from './named-file.js';

/**
 * @param graceMs how long after its expiry it may be shown
 * @throws UsageError ERR_USAGE_FILE; KeyError ERR_KEY_DIRECTORY where anything in it does not verify
 */
export function readDirectory(
  { file, rootKeys, threshold }: Pin & { readonly file: string },
  realm: Buffer | null,
  graceMs?: number,
): OpenDirectory {
  const bytes = readNamedFile(file, 'name the directory, usually directory.jsonl');
  const { directory, problems } = verifyLines(linesOf(bytes), {
    name: file,
    rootKeys,
    threshold,
    realm,
    primitives: nodePrimitives,
    ...(graceMs === undefined ? {} : { graceMs }),
  });
  if (problems[0] !== undefined) throw problems[0];
  return directory;
}
