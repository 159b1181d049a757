// Starts a server again where somebody took one of its ports before it could.
const tries = 3;

/**
 * `start` takes new ports each time that it is called. It is called again where it fails because a port is in use, three times in
 * all; any other failure is thrown as it is.
 */
export async function onFreshPorts<Started>(
  start: () => Promise<Started>,
  log: (line: string) => void,
): Promise<Started> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === tries || !portTaken(error)) throw error;
      log(`a port was taken before the server listened; trying with others (${attempt + 1} of ${tries})`);
    }
  }
}

/** As Kafka and Redis say it, and as Erlang does. */
const portTaken = (error: unknown): boolean =>
  error instanceof Error && /Address already in use|eaddrinuse/i.test(error.message);
