// Whether what is one agent's own is another's too, because their names begin alike.
import { UsageError } from '@sealwire/core';
import type { PolicyTemplate } from '../policy.js';

/** Names that an agent may use. */
export interface OwnedPattern {
  readonly agent: string;
  /** Whether the agent's name is what makes it: others have it only where they are stated to. */
  readonly isOwn: boolean;
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
 * Who may join another's group takes its messages; who may use its transactional id fences its producers off.
 * @throws UsageError ERR_USAGE_POLICY, which says what to write
 */
export function checkApart(
  { file }: PolicyTemplate,
  key: 'groups' | 'transactional_ids',
  owned: readonly OwnedPattern[],
): void {
  // Sorted by name, whatever a prefix meets follows it directly.
  const sorted = [...owned].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const [i, one] of sorted.entries())
    for (const other of sorted.slice(i + 1)) {
      if (!other.name.startsWith(one.name)) break;
      if (one.agent === other.agent || !(one.isOwn || other.isOwn) || !patternsMeet(one, other)) continue;
      const shown = ({ name, pattern }: OwnedPattern): string =>
        `${name}${pattern === 'Prefixed' ? '*' : ''}`;
      throw new UsageError(
        'ERR_USAGE_POLICY',
        `${file}: ${shown(one)} of ${one.agent} and ${shown(other)} of ${other.agent} have names in common. Write acl: { kafka: { agents: { ${JSON.stringify(one.agent)}: { ${key}: […] } } } } with names that are its own.`,
        { agents: `${one.agent}, ${other.agent}` },
      );
    }
}
