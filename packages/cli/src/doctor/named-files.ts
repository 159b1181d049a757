// Every file and folder that a policy names, for one agent.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keyFolder } from '@sealwire/identity';
import type { Policy, PolicyTemplate, SecretSource } from '@sealwire/policy';

export interface NamedFile {
  readonly path: string;
  /** `secret`: its owner’s alone. `trusted`: everybody may read it, only its owner may write. */
  readonly kind: 'secret' | 'trusted' | 'folder';
  /** Whether it is made by the agent’s process where it is missing. */
  readonly made: boolean;
}

export function sharedFiles(template: PolicyTemplate): readonly NamedFile[] {
  const schemas = template.channels.flatMap(({ messages }) =>
    messages.flatMap(({ schemaFile, acceptedFiles }) => [schemaFile, ...acceptedFiles]),
  );
  return distinct([trusted(template.file), ...schemas.map(trusted)]);
}

export function agentFiles({
  agent,
  directory,
  keys,
  stateFolder,
  replay,
  rotation,
  connections,
}: Policy): readonly NamedFile[] {
  const { store } = replay;
  return distinct([
    trusted(directory.file),
    ...('folder' in keys
      ? [folder(keyFolder(keys.folder, agent)), ...keyFiles(keys.folder, agent), secret(keys.passphrase)]
      : [trusted(keys.module), secret(keys.pin)]),
    made(folder(stateFolder)),
    replay.ownKeyFile ? made(secret({ file: replay.keyFile })) : secret({ file: replay.keyFile }),
    ...('file' in store
      ? [made(secret({ file: store.file }))]
      : [trusted(store.caFile), secret(store.password)]),
    ...(rotation?.issuer == null
      ? []
      : [secret({ file: rotation.issuer.keyFile }), secret(rotation.issuer.passphrase)]),
    ...Object.values(connections).flatMap((connection) =>
      connection === null
        ? []
        : [
            trusted(connection.tls.caFile),
            trusted(connection.tls.certFile),
            trusted(connection.tls.crlFile),
            connection.tls.keyFile === null ? null : secret({ file: connection.tls.keyFile }),
            connection.sasl?.password == null ? null : secret(connection.sasl.password),
            connection.sasl?.tokenFile == null ? null : secret({ file: connection.sasl.tokenFile }),
          ],
    ),
  ]);
}

/** Where `init` puts what belongs offline. */
export const rootFolderOf = ({ file }: PolicyTemplate): string | null => {
  const folder = join(dirname(file), 'root');
  return existsSync(join(folder, 'root-key.pem')) ? folder : null;
};

function keyFiles(root: string, agent: string): readonly (NamedFile | null)[] {
  const own = keyFolder(root, agent);
  try {
    return readdirSync(own)
      .filter((name) => name.endsWith('.pem'))
      .map((name) => secret({ file: join(own, name) }));
  } catch {
    return [];
  }
}

const trusted = (path: string | null): NamedFile | null =>
  path === null ? null : { path, kind: 'trusted', made: false };
const folder = (path: string): NamedFile => ({ path, kind: 'folder', made: false });
const secret = (source: SecretSource): NamedFile | null =>
  'file' in source ? { path: source.file, kind: 'secret', made: false } : null;
const made = (file: NamedFile | null): NamedFile | null => file && { ...file, made: true };

function distinct(files: readonly (NamedFile | null)[]): readonly NamedFile[] {
  return [...new Map(files.flatMap((file) => (file === null ? [] : [[file.path, file]]))).values()];
}
