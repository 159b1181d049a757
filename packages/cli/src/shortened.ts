// A list of names that fits a line.

const shown = 5;

export function shortened(names: readonly string[]): string {
  const all = [...new Set(names)];
  const more = all.length > shown ? ` and ${all.length - shown} more` : '';
  return `${all.slice(0, shown).join(', ')}${more}`;
}
