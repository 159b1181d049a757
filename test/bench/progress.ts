// Says on stderr what is going on.

export const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A line for every tenth of the rounds. */
export function saying(what: string): (round: number, of: number) => void {
  let told = 0;
  return (round, of) => {
    const tenth = Math.floor((round / of) * 10);
    if (tenth === told) return;
    told = tenth;
    say(`${what}: ${round} of ${of} rounds`);
  };
}
