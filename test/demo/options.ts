// The command line of the demo.

export const help = `Carries 5,198 messages between agents over Kafka and RabbitMQ, sealed, looks for them in the brokers' files,
attacks the brokers with the administrator's rights, and reads the audit trail. Starts its own brokers and removes them.

  npm run demo              a table
  npm run demo -- --json    one JSON object on stdout; progress goes to stderr
  npm run demo -- --help    this

Exit status: 0 if everything was delivered, nothing was found, every attack was refused for the right reason and every
event is in the audit trail; 1 if not; 2 for an option that does not exist.
`;

export interface Options {
  readonly json: boolean;
  readonly help: boolean;
  /** What is not an option. */
  readonly unknown: readonly string[];
}

export function readOptions(given: readonly string[]): Options {
  const known = ['--json', '--help', '-h'];
  return {
    json: given.includes('--json'),
    help: given.includes('--help') || given.includes('-h'),
    unknown: given.filter((option) => !known.includes(option)),
  };
}
