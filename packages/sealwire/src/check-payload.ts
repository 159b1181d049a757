// Whether a payload has the form that its route declares: the same check at both ends.
import type { Route } from '@sealwire/core';
import { checkContent, type PayloadCheck } from '@sealwire/schema';
import type { StageParts } from './stages.js';

interface Known {
  readonly schema: Buffer;
  readonly check: PayloadCheck | null;
}

/**
 * Makes the check; what a route asks for is found out once. Tombstones have no payload to check.
 * The schema is that which the sender sent by: the route's own, or another that the policy accepts.
 */
export function checkPayload({
  payloads,
}: Pick<StageParts, 'payloads'>): (route: Route, schema: Buffer, payload: Buffer | null) => void {
  const checks = new WeakMap<Route, Known[]>();
  const find = ({ channel, type, contentType }: Route, schema: Buffer): PayloadCheck | null =>
    payloads === undefined ? checkContent(contentType) : payloads.checkOf(channel, type, schema);
  /** @throws ValidationError ERR_VALIDATION_PAYLOAD */
  return (route, schema, payload) => {
    if (payload === null) return;
    let known = checks.get(route);
    if (known === undefined) checks.set(route, (known = []));
    let found = known.find((one) => one.schema.equals(schema));
    // The policy has passed the schema: these are few.
    if (found === undefined) known.push((found = { schema, check: find(route, schema) }));
    found.check?.(payload);
  };
}
