// The text of a policy as plain values, with the place of each. Every scalar is text: YAML never guesses a type here.
import {
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { PolicyPath } from './policy.js';
import { policyError } from './problems.js';

export interface PolicySource {
  readonly value: unknown;
  /** The nearest place that is in the file. */
  readonly positionOf: (path: PolicyPath, atKey?: boolean) => { line: number; column: number };
}

/** Room for ten thousand routes and more. */
export const maxPolicyBytes = 8 * 1024 * 1024;
const maxAliases = 100;

/** @throws UsageError ERR_USAGE_POLICY with every fault of syntax; the text of the file is not quoted */
export function parseSource(file: string, bytes: Buffer): PolicySource {
  const text = decoded(file, bytes);
  const lineCounter = new LineCounter();
  const position = (offset: number): { line: number; column: number } => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const line = (offset: number, problem: string): string => {
    const at = position(offset);
    return `${file}:${at.line}:${at.column}: ${problem}`;
  };
  try {
    // Pretty errors quote the file, which may hold what somebody took for a place for a password.
    const document = parseDocument(text, {
      schema: 'failsafe',
      lineCounter,
      prettyErrors: false,
      uniqueKeys: true,
      logLevel: 'error',
    });
    const all = [...document.errors, ...document.warnings];
    // What follows from giving up is not worth reading.
    const gaveUp = all.filter(({ code }) => code === 'RESOURCE_EXHAUSTION');
    const faults = (gaveUp.length > 0 ? gaveUp : all).map((fault) =>
      line(fault.pos[0], syntaxProblems[fault.code] ?? `is not valid YAML (${fault.code}); correct it.`),
    );
    faults.push(...nodeProblems(document, line));
    if (faults.length > 0) throw policyError(file, faults);
    if (!isMap(document.contents))
      throw policyError(file, [line(0, 'must be a map of settings, beginning with "version: 1".')]);
    return {
      value: document.toJS({ maxAliasCount: maxAliases }) as unknown,
      positionOf: (path, atKey = false) => position(offsetOf(document, path, atKey)),
    };
  } catch (error) {
    // The parser is recursive, and refuses aliases that multiply.
    if (error instanceof RangeError)
      throw policyError(file, [`${file}:1:1: is nested too deeply; flatten it.`]);
    if (error instanceof ReferenceError)
      throw policyError(file, [`${file}:1:1: uses too many aliases; write the values out.`]);
    throw error;
  }
}

const syntaxProblems: Readonly<Record<string, string>> = {
  RESOURCE_EXHAUSTION: 'is nested too deeply; flatten it.',
  DUPLICATE_KEY: 'is a key that the same map already has; keep one.',
  TAG_RESOLVE_FAILED: 'has a tag (!…); write the plain value.',
  TAB_AS_INDENT: 'is indented with a tab; use spaces.',
  BAD_INDENT: 'is not indented as its neighbours are; align it.',
  MULTIPLE_DOCS: 'begins a second document; a policy is one document.',
  MISSING_CHAR: 'lacks a closing bracket or quote before this place; add it.',
  BAD_ALIAS: 'is an alias that means nothing; quote the text if it begins with *.',
};

function decoded(file: string, bytes: Buffer): string {
  if (bytes.length > maxPolicyBytes)
    throw policyError(file, [`${file}:1:1: is larger than 8 MiB; it is no policy.`]);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw policyError(file, [`${file}:1:1: is not UTF-8; save it as UTF-8.`]);
  }
}

/** Keys that are no plain text, the one that plain objects do not carry as data, and aliases of nothing. */
function nodeProblems(document: Document, line: (offset: number, problem: string) => string): string[] {
  const problems: string[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined)
        problems.push(line(startOf(alias) ?? 0, syntaxProblems['BAD_ALIAS']!));
    },
    Pair(_, { key }) {
      const offset = startOf(key) ?? 0;
      if (!isScalar(key)) problems.push(line(offset, 'has a key that is no plain text; write a name.'));
      else if (key.value === '__proto__')
        problems.push(line(offset, 'has a key that is not allowed; rename it.'));
    },
  });
  return problems;
}

function offsetOf(document: Document, path: PolicyPath, atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [i, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    let next: unknown;
    if (isMap(node)) {
      const pair = pairsOf(node).get(step);
      if (pair === undefined) break;
      const wantsKey = (atKey && i === path.length - 1) || startOf(pair.value) === null;
      offset = (wantsKey ? startOf(pair.key) : startOf(pair.value)) ?? offset;
      next = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      next = node.items[step];
      offset = startOf(next) ?? offset;
    } else break;
    node = next;
  }
  return offset;
}

/** By key: a policy of thousands of channels is asked for the places of all. */
function pairsOf(node: YAMLMap): ReadonlyMap<unknown, Pair> {
  let pairs = pairsByMap.get(node);
  if (pairs === undefined) {
    pairs = new Map(node.items.flatMap((pair) => (isScalar(pair.key) ? [[pair.key.value, pair]] : [])));
    pairsByMap.set(node, pairs);
  }
  return pairs;
}

const pairsByMap = new WeakMap<YAMLMap, ReadonlyMap<unknown, Pair>>();

function startOf(node: unknown): number | null {
  return (node as Node | null | undefined)?.range?.[0] ?? null;
}
