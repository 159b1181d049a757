// Patterns over agents' names: `*` is any run of characters but `/`, so that it never leaves its segment of a SPIFFE id.

/** What has a `*` is a pattern, and names no agent or group. */
export function isPattern(text: string): boolean {
  return text.includes('*');
}

/** Makes the check of one pattern. What it costs grows with the name and the pattern alone, whatever they are. */
export function agentPattern(pattern: string): (name: string) => boolean {
  const segments = pattern.split('/').map((segment) => segment.split('*'));
  const [only = []] = segments;
  if (segments.length === 1) return (name) => !name.includes('/') && fits(only, name);
  return (name) => {
    const given = name.split('/');
    return given.length === segments.length && segments.every((parts, i) => fits(parts, given[i]!));
  };
}

/** @param parts what stands between the stars */
function fits(parts: readonly string[], text: string): boolean {
  const first = parts[0] ?? '';
  const last = parts[parts.length - 1] ?? '';
  if (parts.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  // The earliest place of each is as good as any.
  for (let i = 1; i < parts.length - 1; i++) {
    const part = parts[i]!;
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
