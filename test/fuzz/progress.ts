// Says on stderr what is going on.

export const say = (line: string): void => void process.stderr.write(`${line}\n`);
