// Says on stderr what is going on: a line for each phase, with its time when it is done.

export type Say = (line: string) => void;

export const say: Say = (line) => void process.stderr.write(`${line}\n`);

/** Runs one phase. A phase that takes longer than anything sane has lost a message. */
export async function phase<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  say(`· ${name} …`);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`“${name}” did not end within ${patienceMs / 60_000} minutes.`)),
      patienceMs,
    );
  });
  try {
    const result = await Promise.race([work(), late]);
    say(`✓ ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    say(`✗ ${name}`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const patienceMs = 10 * 60_000;
