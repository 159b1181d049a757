// Patterns whose time is linear in the text, whatever the pattern and the text (RE2).
import { RE2JS } from 're2js';

/** What a schema’s `pattern` became. */
export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
}

/**
 * Compiles a pattern, not anchored, as JSON Schema has it. RE2 has no look-around and no back-references: what needs
 * to go back is refused, not run.
 * @returns why it was refused, where it was
 */
export function compilePattern(source: string): Pattern | string {
  try {
    const compiled = RE2JS.compile(source);
    return { source, test: (text) => compiled.test(text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace('error parsing regexp: ', '') : 'unknown';
    return `is a pattern that RE2 does not support (${reason}); write it without look-around, back-references and \\u escapes.`;
  }
}
