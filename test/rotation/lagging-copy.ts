// A directory file that is a copy made later, as a mirror or a configuration system makes it.
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Copies what the file was so long ago, again and again. @returns how to end it */
export function laggingCopy(from: string, to: string, lagMs: number): () => void {
  copyFileSync(from, to);
  let last = '';
  const timers = new Set<NodeJS.Timeout>();
  const poll = setInterval(() => {
    void (async () => {
      const text = await readFile(from, 'latin1').catch(() => last);
      if (text === last) return;
      last = text;
      const timer = setTimeout(() => {
        timers.delete(timer);
        writeFileSync(`${to}.copying`, text, 'latin1');
        renameSync(`${to}.copying`, to);
      }, lagMs);
      timers.add(timer);
    })();
  }, 100);
  return () => {
    clearInterval(poll);
    for (const timer of timers) clearTimeout(timer);
  };
}
