// One policy in force, with everything that is made of it. It is replaced as a whole.
import { UsageError } from '@sealwire/core';
import { payloadsOf, routesInSteps, type Policy, type PolicyRoutes } from '@sealwire/policy';
import { compileSchema, openPayloads, payloadsInSteps, type PayloadSchema } from '@sealwire/schema';
import type { StageParts } from './stages.js';

/** What stays the same for as long as a Sealwire is open. */
export type LastingParts = Pick<
  StageParts,
  'agent' | 'clock' | 'primitives' | 'suite' | 'directory' | 'keyStore'
>;

export interface Generation {
  readonly policy: Policy;
  readonly digest: Buffer;
  readonly signedBy: readonly string[];
  readonly routes: PolicyRoutes;
  readonly parts: StageParts;
  readonly schemas: ReadonlyMap<string, KnownSchema>;
}

interface KnownSchema {
  readonly bytes: Buffer;
  readonly schema: PayloadSchema;
}

export interface GenerationSource {
  readonly policy: Policy;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly digest: Buffer;
  readonly signedBy: readonly string[];
}

/**
 * Makes what the stages need, in steps. What has not changed since the last one is taken from it.
 * @throws UsageError ERR_USAGE_SCHEMA
 */
export function* generationInSteps(
  lasting: LastingParts,
  { policy, files, digest, signedBy }: GenerationSource,
  before: { readonly routes: PolicyRoutes | null; readonly schemas: Generation['schemas'] },
): Generator<undefined, Generation, undefined> {
  const schemas = new Map<string, KnownSchema>();
  const load = (file: string): PayloadSchema => {
    const bytes = files.get(file);
    if (bytes === undefined)
      throw new UsageError('ERR_USAGE_FILE', `${file} was not read; correct the path, or read it again.`);
    const known = before.schemas.get(file);
    const one = known?.bytes.equals(bytes) === true ? known : { bytes, schema: compileSchema(file, bytes) };
    schemas.set(file, one);
    return one.schema;
  };
  const payloads = yield* payloadsInSteps(payloadsOf(policy), load);
  const routes = yield* routesInSteps(
    policy,
    lasting.directory,
    policy.agent,
    (file) => payloads.hashOf(file),
    before.routes,
  );
  const { epochMs, skewMs, maxMessageBytes, redrive } = policy;
  return {
    policy,
    digest,
    signedBy,
    routes,
    schemas,
    parts: { ...lasting, routes, payloads, epochMs, skewMs, maxMessageBytes, redrive },
  };
}

/** All steps at once, for a process that starts. @param schemas that were compiled already */
export function firstGeneration(
  lasting: LastingParts,
  source: GenerationSource,
  schemas: Generation['schemas'],
): Generation {
  const steps = generationInSteps(lasting, source, { routes: null, schemas });
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** @throws UsageError ERR_USAGE_SCHEMA with the problems of all files */
export function compileSchemas({ policy, files }: GenerationSource): Generation['schemas'] {
  const schemas = new Map<string, KnownSchema>();
  openPayloads(payloadsOf(policy), (path) => {
    const bytes = files.get(path)!;
    const schema = compileSchema(path, bytes);
    schemas.set(path, { bytes, schema });
    return schema;
  });
  return schemas;
}
