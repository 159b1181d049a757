// RabbitMQ's rule for binding patterns, word by word, to hold expressions against.

/** Whether a topic exchange takes a key for a pattern. */
export function matches(pattern: string, routingKey: string): boolean {
  const fits = (words: readonly string[], key: readonly string[]): boolean => {
    const [word, ...rest] = words;
    if (word === undefined) return key.length === 0;
    if (word === '#') return fits(rest, key) || (key.length > 0 && fits(words, key.slice(1)));
    return key.length > 0 && (word === '*' || word === key[0]) && fits(rest, key.slice(1));
  };
  // No key at all is one empty word here, and none in RabbitMQ; only `*` tells, and takes the empty word.
  return fits(pattern.split('.'), routingKey.split('.'));
}
