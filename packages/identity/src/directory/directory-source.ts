// Where signed lines come from: a file, a topic. What is implemented here is believed nothing.

export type { DirectorySource, SourceRead } from '@sealwire/core';

export const maxLineBytes = 24 * 1024 * 1024;
export const maxSourceBytes = 256 * 1024 * 1024;
export const maxSourceLines = 4096;
