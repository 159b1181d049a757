// Text from elsewhere, for a terminal.

/** What a message holds must not move the cursor of whoever looks at it, nor turn its text around. */
export const visibleText = (text: string): string =>
  text.replaceAll(/\p{C}/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
