// Patterns whose time is linear in the text, whatever the pattern and the text (RE2).
import { RE2JS } from 're2js';

/** What a schema’s `pattern` became. */
export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
}

/**
 * Anchored at both ends, ASCII classes, and one part of open length at most, the last but for letters: there is one way
 * to begin and one place to go back to, so that even an engine that goes back takes linear time.
 */
const plain =
  /^\^(?:[A-Za-z0-9_]|\[[A-Za-z0-9_-]+\](?:\{[0-9]{1,4}\})?)*(?:\[[A-Za-z0-9_-]+\](?:[+*]|\{[0-9]{1,4},[0-9]{0,4}\}))?[A-Za-z0-9_]{0,32}\$$/;

/**
 * Compiles a pattern, not anchored, as JSON Schema has it. RE2 has no look-around and no back-references: what needs
 * to go back is refused, not run.
 * @returns why it was refused, where it was
 */
export function compilePattern(source: string): Pattern | string {
  try {
    const compiled = RE2JS.compile(source);
    // The engine of the platform says the same of these, and is several times as fast.
    const native = plain.test(source) ? new RegExp(source, 'u') : null;
    return { source, test: (text) => (native ?? compiled).test(text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace('error parsing regexp: ', '') : 'unknown';
    return `is a pattern that RE2 does not support (${reason}); write it without look-around, back-references and \\u escapes.`;
  }
}
