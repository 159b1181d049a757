// sealwire.yaml as a JSON Schema, for editors: names, words and descriptions as they are typed.
import { z } from 'zod';
import { policySchema } from './policy-schema.js';

/**
 * A JSON Schema (2020-12) of the policy file, made of the schema that files are read by. It knows the names of keys,
 * the words that a key takes, and what a value has to be in words; what must hold between keys, and the forms of names,
 * durations and sizes, are judged by `readPolicy` alone. So a file that it refuses is refused, and not the other way.
 */
export function policyJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(policySchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const { words } = jsonSchema as { words?: readonly string[] };
      delete (jsonSchema as { words?: unknown }).words;
      // YAML’s own types: a file is read as text, whatever an editor takes its values for.
      if (words !== undefined) {
        delete jsonSchema.type;
        jsonSchema.enum = words.flatMap((word) => [word, ...asTyped(word)]);
      } else if (jsonSchema.type === 'string')
        (jsonSchema as { type: unknown }).type = ['string', 'number', 'boolean'];
      // What is left out is filled in later; editors need not show values in units that nobody writes.
      delete jsonSchema.default;
    },
  });
  // Names of keys are text, in JSON’s own terms.
  const text = JSON.stringify({ $schema: schema.$schema, title: 'sealwire.yaml', ...schema }, (key, part) =>
    key === 'propertyNames' ? { ...(part as object), type: 'string' } : (part as unknown),
  );
  return JSON.parse(text) as Record<string, unknown>;
}

/** The number or truth value that YAML reads a word as. */
function asTyped(word: string): (number | boolean)[] {
  if (word === 'true' || word === 'false') return [word === 'true'];
  return /^\d+(\.\d+)?$/.test(word) ? [Number(word)] : [];
}
