// Routing keys with `*` (one word) and `#` (any number of words), as RabbitMQ's topic exchanges have them.

/** Whether a routing key matches a pattern. */
export function matches(pattern: string, routingKey: string): boolean {
  return overlap(pattern.split('.'), routingKey.split('.'), true);
}

/** Whether some routing key matches both patterns. */
export function overlaps(a: string, b: string): boolean {
  return overlap(a.split('.'), b.split('.'), false);
}

/** @param literal takes the second list for words, in which `*` and `#` mean themselves */
function overlap(a: readonly string[], b: readonly string[], literal: boolean): boolean {
  const isHash = (word: string | undefined): boolean => !literal && word === '#';
  // reachable[j]: the words of `a` so far can be spent together with the first j of `b`.
  let reachable = [true, ...b.map((_, j) => b.slice(0, j + 1).every(isHash))];
  for (const word of a) {
    const next = [word === '#' && reachable[0]!];
    for (const [j, other] of b.entries()) {
      const oneEach = reachable[j]! && (word === '*' || word === other || (!literal && other === '*'));
      const hashInA = word === '#' && (reachable[j + 1]! || next[j]! || reachable[j]!);
      const hashInB = isHash(other) && (next[j]! || reachable[j + 1]! || reachable[j]!);
      next.push(oneEach || hashInA || hashInB);
    }
    reachable = next;
  }
  return reachable[b.length]!;
}
