// RabbitMQ's permissions are regular expressions: a list of names as one, and back.

/** Matches no name. */
export const noNames = '^$';

const special = /[\\^$.|?*+()[\]{}/-]/g;

/** Text that means itself. */
const literal = (text: string): string => text.replace(special, '\\$&');

/**
 * Matches these names and nothing else, from end to end: `$` would let a line feed follow. RabbitMQ's expressions are
 * Erlang's, which are PCRE.
 */
export const namesPattern = (names: Iterable<string>): string => alternatives([...names].map(literal));

/** Matches the routing keys that bindings with these patterns (`*` one word, `#` any number) match. */
export const routingKeysPattern = (patterns: Iterable<string>): string =>
  alternatives([...patterns].map(routingKeys));

/** What one binding pattern matches. */
function routingKeys(pattern: string): string {
  const words = pattern.split('.');
  if (words.every((word) => word === '#')) return '.*';
  let text = '';
  // Whether a dot is due before the next word: `#` at the beginning brings its own, behind each of its words.
  let dot = false;
  for (const word of words) {
    if (word === '#') {
      text += dot ? '(?:\\..*)?' : '(?:.*\\.)?';
      continue;
    }
    text += `${dot ? '\\.' : ''}${word === '*' ? '[^.]*' : literal(word)}`;
    dot = true;
  }
  return text;
}

function alternatives(parts: readonly string[]): string {
  if (parts.length === 0) return noNames;
  return `^(?:${[...new Set(parts)].sort().join('|')})\\z`;
}

/** The alternatives of an expression that one of these functions made; `null` for any other. */
export function alternativesOf(expression: string): ReadonlySet<string> | null {
  if (expression === noNames || expression === '') return new Set();
  const inner = /^\^\(\?:(.*)\)\\z$/s.exec(expression)?.[1];
  if (inner === undefined) return null;
  // Every bar that is not escaped stands between two alternatives: none of them has bars of its own, so each is whole.
  const parts = inner.match(/(?:\\.|[^|\\])+/gs) ?? [];
  if (alternatives(parts) !== expression) return null;
  return parts.every((part) => judged(part, '') !== null) ? new Set(parts) : null;
}

/** The same expression for all these alternatives. */
export const fromAlternatives = (parts: Iterable<string>): string => alternatives([...parts]);

/** One alternative of `namesPattern`. */
export const nameAlternative = literal;

/** One alternative that matches every name that begins so. */
export const prefixAlternative = (beginning: string): string => `${literal(beginning)}.*`;

/** One alternative of `routingKeysPattern`. */
export const routingKeyAlternative = routingKeys;

/** Whether RabbitMQ would find an expression in a name. What cannot be judged here is taken to match. */
export const matchesName = (expression: string, name: string): boolean => judged(expression, name) ?? true;

/** The same, but what cannot be judged here is taken not to match. */
export const surelyMatchesName = (expression: string, name: string): boolean =>
  judged(expression, name) ?? false;

/** `null`: PCRE and JavaScript do not both know it, or may mean different things by it. */
function judged(expression: string, name: string): boolean | null {
  if (!isShared(expression)) return null;
  const text =
    expression === '' ? noNames : expression.replace(/\\./gs, (pair) => (pair === '\\z' ? '$' : pair));
  try {
    return new RegExp(text, 's').test(name);
  } catch {
    return null;
  }
}

const set = /\[(\^?)((?:\\.|[^\\\]])*)\]/gs;

/**
 * Names are ASCII here, so sets of characters are the same. Not the same are letters and digits behind a backslash (`\A`,
 * `\h`, `\Q…\E`, `\1`), groups other than `(?:…)`, verbs, classes in sets, `]` at the beginning of a set,
 * braces that only some take for a quantifier.
 */
function isShared(expression: string): boolean {
  for (const [, letter] of expression.matchAll(/\\(.?)/gs))
    if (letter === '' || (/[^\x00-\x7f]|[A-Za-z0-9]/.test(letter!) && !'zdwsb'.includes(letter!)))
      return false;
  let isSame = true;
  const rest = expression.replace(/\\./gs, (pair) => (pair === '\\z' ? pair : '\\-'));
  const outside = rest.replace(set, (_, _not, inner: string) => {
    isSame &&= inner !== '' && !inner.includes('[') && !inner.includes('\\z');
    return 'x';
  });
  return isSame && !/\((?:\?(?!:)|\*)|\{(?!\d{1,4}(?:,\d{0,4})?\})/.test(outside);
}
