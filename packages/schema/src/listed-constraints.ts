// The constraints of a schema as a list, to compare two.
import type { PayloadType } from './payload-type.js';

/** `/task/title: maxLength 200`; those of a type that holds itself once, where it stands first. */
export function listedConstraints(type: PayloadType): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<PayloadType>();
  const walk = (part: PayloadType, path: string): void => {
    if ('rules' in part) for (const { text } of part.rules) found.add(`${path || '/'}: ${text}`);
    if (part.kind === 'array') walk(part.items, `${path}/*`);
    else if (part.kind === 'map') walk(part.values, `${path}/*`);
    else if (part.kind === 'union') for (const branch of part.branches) walk(branch, path);
    else if (part.kind === 'record' && !seen.has(part)) {
      seen.add(part);
      for (const { name, type: inner } of part.fields) walk(inner, `${path}/${name}`);
    }
  };
  walk(type, '');
  return [...found];
}
