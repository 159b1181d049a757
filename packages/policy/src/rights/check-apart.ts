// Whether what is one agent's own is another's too, because their names begin alike.
import { UsageError } from '@sealwire/core';
import type { PolicyTemplate } from '../policy.js';

/** An agent, or one of the directory's groups. */
export interface PatternOwner {
  readonly kind: 'agent' | 'group';
  readonly name: string;
}

/** Names that an agent may use. */
export interface OwnedPattern {
  readonly agent: string;
  /** Whose name makes it; `null`: it is stated as it is, for whoever has it. */
  readonly owner: PatternOwner | null;
  readonly pattern: 'Literal' | 'Prefixed';
  readonly name: string;
}

type Pattern = Pick<OwnedPattern, 'pattern' | 'name'>;

/** Whether some name is meant by both. */
export function patternsMeet(a: Pattern, b: Pattern): boolean {
  if (a.pattern === 'Literal' && b.pattern === 'Literal') return a.name === b.name;
  if (a.pattern === 'Literal') return a.name.startsWith(b.name);
  if (b.pattern === 'Literal') return b.name.startsWith(a.name);
  return a.name.startsWith(b.name) || b.name.startsWith(a.name);
}

/** Whether `outer` means every name that `inner` means. */
export function patternCovers(outer: Pattern, inner: Pattern): boolean {
  return outer.pattern === 'Prefixed'
    ? inner.name.startsWith(outer.name)
    : inner.pattern === 'Literal' && inner.name === outer.name;
}

/**
 * Who may join another's group takes its messages; who may use its transactional id fences its producers off. What is a
 * directory group's is its members' only; names that are stated as they are may be a group's too, but no agent's.
 * @throws UsageError ERR_USAGE_POLICY, which says what to write
 */
export function checkApart(
  { file }: PolicyTemplate,
  key: 'groups' | 'transactional_ids',
  owned: readonly OwnedPattern[],
): void {
  const holders = new Map<string, Set<string>>();
  for (const { agent, owner } of owned) {
    const known = holders.get(ownerKey(owner)) ?? new Set();
    holders.set(ownerKey(owner), known.add(agent));
  }
  const trespasses = ({ agent, owner: by }: OwnedPattern, { owner }: OwnedPattern): boolean =>
    owner !== null &&
    (by !== null || owner.kind === 'agent') &&
    holders.get(ownerKey(owner))?.has(agent) === false;
  // Sorted by name, whatever a prefix meets follows it directly.
  const sorted = [...owned].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const [i, one] of sorted.entries())
    for (const other of sorted.slice(i + 1)) {
      if (!other.name.startsWith(one.name)) break;
      if (!patternsMeet(one, other) || !(trespasses(one, other) || trespasses(other, one))) continue;
      throw new UsageError(
        'ERR_USAGE_POLICY',
        `${file}: ${shown(one)} and ${shown(other)} have names in common. ${adviceOn(one, other, key)}`,
        { agents: `${one.agent}, ${other.agent}` },
      );
    }
}

const ownerKey = (owner: PatternOwner | null): string =>
  owner === null ? '' : `${owner.kind} ${owner.name}`;

const shown = ({ name, pattern, agent, owner }: OwnedPattern): string =>
  `${name}${pattern === 'Prefixed' ? '*' : ''} of ${owner?.kind === 'group' ? `the group ${owner.name}` : agent}`;

const adviceOn = (one: OwnedPattern, other: OwnedPattern, key: string): string =>
  one.owner?.kind === 'group' && other.owner?.kind === 'group'
    ? `Write acl: { kafka: { ${key}: […] } } without {group}.*, or with another sign than the dot.`
    : `Write acl: { kafka: { agents: { ${JSON.stringify(one.agent)}: { ${key}: […] } } } } with names that are its own.`;
