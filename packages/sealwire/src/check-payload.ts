// Whether a payload has the form that its route declares: the same check at both ends.
import type { Route } from '@sealwire/core';
import { checkContent } from '@sealwire/schema';

type ContentCheck = ReturnType<typeof checkContent>;

/** Makes the check; what a route asks for is found out once. Tombstones have no payload to check. */
export function checkPayload(): (route: Route, payload: Buffer | null) => void {
  const checks = new Map<string, ContentCheck>();
  /** @throws ValidationError ERR_VALIDATION_PAYLOAD */
  return ({ contentType }, payload) => {
    if (payload === null) return;
    let check = checks.get(contentType);
    if (check === undefined) checks.set(contentType, (check = checkContent(contentType)));
    check?.(payload);
  };
}
