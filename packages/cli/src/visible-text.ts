// Text from elsewhere, for a terminal.

/**
 * What a message holds must not move the cursor of whoever looks at it, turn its text around or begin a line: what is not
 * visible stands as its code point (CWE-150, CWE-1007).
 */
export const visibleText = (text: string): string =>
  text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
