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

  /** What one of the patterns stands for that match a routing key; `undefined` where none does. */
  first(routingKey: string): Value | undefined {
    const search = { words: routingKey.split('.'), stepsLeft: maxSteps };
    const found = firstFrom(this.#root, search, 0);
    // Many `#` in many patterns: step by step all ways at once is slower for a few, and bounded for many.
    return search.stepsLeft > 0 ? found : this.matching(routingKey)[0];
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

const maxSteps = 1_000;

interface Search {
  readonly words: readonly string[];
  stepsLeft: number;
}

/** The way that is taken by most keys first: word by word. */
function firstFrom<Value>(node: Node<Value>, search: Search, at: number): Value | undefined {
  if (--search.stepsLeft <= 0) return undefined;
  // A pattern that ends in `#`, as most do that have one, takes whatever comes.
  if (node.loops && node.children.size === 0) return node.values[0];
  const { words } = search;
  const hash = node.children.get('#');
  if (at === words.length) {
    if (node.values.length > 0) return node.values[0];
    return hash === undefined ? undefined : firstFrom(hash, search, at);
  }
  const exact = node.children.get(words[at]!);
  let found = exact === undefined ? undefined : firstFrom(exact, search, at + 1);
  if (found === undefined) {
    const star = node.children.get('*');
    if (star !== undefined && star !== exact) found = firstFrom(star, search, at + 1);
  }
  if (found === undefined && hash !== undefined && hash !== exact) found = firstFrom(hash, search, at);
  return found === undefined && node.loops ? firstFrom(node, search, at + 1) : found;
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
