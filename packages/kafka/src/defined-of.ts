// Options as TypeScript means them: what is undefined was not given. To kafkajs it is a value, and hides a default.

/** Without properties that are `undefined`. */
export function definedOf<Type extends object>(given: Type): Type {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Type;
}

/** Of a client’s options, and of its `retry`: `{ retries: undefined }` would be no retry at all. */
export function definedOptions<Type extends { readonly retry?: object | undefined }>(given: Type): Type {
  const options = definedOf(given);
  return options.retry === undefined ? options : { ...options, retry: definedOf(options.retry) };
}
