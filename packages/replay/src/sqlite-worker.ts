// Program of the embedded store’s thread: it waits for the disk, so that the application’s event loop does not.
import { parentPort, workerData } from 'node:worker_threads';
import { InabilityError, UsageError } from '@sealwire/core';
import { ClaimTable } from './claim-table.js';
import { SqliteDoneSet, type SqliteFile } from './sqlite-done-set.js';
import type { StoreAnswer, StoreCall } from './sqlite-call.js';

const port = parentPort!;
let done: SqliteDoneSet | null = null;
let table: ClaimTable | null = null;

function answer(call: StoreCall): unknown {
  if (call.name === 'close') {
    done?.close();
    done = null;
    return null;
  }
  if (done === null) {
    done = new SqliteDoneSet(workerData as SqliteFile);
    table = new ClaimTable(done);
  }
  const claims = table!;
  switch (call.name) {
    case 'open':
      return done.id;
    case 'claim':
      return claims.claim(call.claims, call.leaseMs, call.nowMs);
    case 'renew':
      return claims.renew(call.claims, call.leaseMs);
    case 'done':
      return claims.done(call.claims, call.nowMs);
    case 'release':
      claims.release(call.claims);
      return null;
  }
}

port.on('message', (call: StoreCall) => {
  let reply: StoreAnswer;
  try {
    reply = { number: call.number, value: answer(call) };
  } catch (error) {
    const known = error instanceof UsageError || error instanceof InabilityError;
    reply = {
      number: call.number,
      error: {
        code: known ? error.code : 'ERR_UNABLE_REPLAY',
        message: error instanceof Error ? error.message : 'unknown reason',
        facts: known ? error.facts : {},
      },
    };
  }
  port.postMessage(reply);
  if (call.name === 'close') port.close();
});
