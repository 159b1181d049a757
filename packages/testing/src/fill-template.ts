// Fills the configuration templates of docker/, which native brokers, images and compose share.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@sealwire/core';

/** The folder `docker/` of the repository. */
export const dockerFolder = fileURLToPath(new URL('../../../docker', import.meta.url));

/**
 * Replaces each `{{name}}` of the template file. Throws ERR_USAGE_ARGUMENT where a name has no value or a value has a line
 * break, which would smuggle in a setting. A value may be empty.
 */
export function fillTemplate(file: string, values: Readonly<Record<string, string | number>>): string {
  const template = readFileSync(join(dockerFolder, file), 'utf8');
  return template.replace(/^(?!#).*$/gm, (line) =>
    line.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined)
        throw new UsageError('ERR_USAGE_ARGUMENT', `${file} needs a value for {{${name}}}; give one.`);
      if (/[\r\n]/.test(String(value)))
        throw new UsageError(
          'ERR_USAGE_ARGUMENT',
          `The value for {{${name}}} of ${file} has a line break; remove it.`,
        );
      return String(value);
    }),
  );
}
