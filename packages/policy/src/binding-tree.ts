// Routing keys with `*` (one word) and `#` (any number of words), as RabbitMQ's topic exchanges have them, by the thousand.

class Node<Value> {
  /** Whether it takes any number of words, being reached by `#`. */
  readonly loops: boolean;
  readonly children = new Map<string, Node<Value>>();
  readonly values: Value[] = [];

  child(word: string): Node<Value> {
    let child = this.children.get(word);
    if (child === undefined) this.children.set(word, (child = new Node(word === '#')));
    return child;
  }

  constructor(loops = false) {
    this.loops = loops;
  }
}

/** Patterns with what they stand for. What a look-up costs goes with the words of the key, not with the number of patterns. */
export class BindingTree<Value> {
  readonly #root = new Node<Value>();

  add(pattern: string, value: Value): void {
    let node = this.#root;
    for (const word of pattern.split('.')) node = node.child(word);
    node.values.push(value);
  }

  /** What the patterns stand for that match a routing key; in it `*` and `#` are only themselves. */
  matching(routingKey: string): Value[] {
    let reached = withNone(new Set([this.#root]));
    for (const word of routingKey.split('.')) reached = withNone(afterWord(reached, [word, '*', '#']));
    return valuesOf(reached);
  }

  /** What the patterns stand for that match some routing key that this pattern matches as well. */
  overlapping(pattern: string): Value[] {
    let reached = withNone(new Set([this.#root]));
    for (const word of pattern.split('.')) {
      if (word === '#') reached = withAllBelow(reached);
      else reached = withNone(afterWord(reached, word === '*' ? null : [word, '*', '#']));
    }
    return valuesOf(reached);
  }
}

/** @param by the words that lead on; `null`: all do */
function afterWord<Value>(nodes: ReadonlySet<Node<Value>>, by: readonly string[] | null): Set<Node<Value>> {
  const next = new Set<Node<Value>>();
  for (const node of nodes) {
    if (node.loops) next.add(node);
    if (by === null) for (const child of node.children.values()) next.add(child);
    else
      for (const word of by) {
        const child = node.children.get(word);
        if (child !== undefined) next.add(child);
      }
  }
  return next;
}

/** `#` is no word as well. */
function withNone<Value>(nodes: Set<Node<Value>>): Set<Node<Value>> {
  // A set that grows is walked to its end.
  for (const node of nodes) {
    const hash = node.children.get('#');
    if (hash !== undefined) nodes.add(hash);
  }
  return nodes;
}

function withAllBelow<Value>(nodes: Set<Node<Value>>): Set<Node<Value>> {
  for (const node of nodes) for (const child of node.children.values()) nodes.add(child);
  return nodes;
}

function valuesOf<Value>(nodes: ReadonlySet<Node<Value>>): Value[] {
  return [...nodes].flatMap(({ values }) => values);
}
