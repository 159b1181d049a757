// The embedded store’s file: blocks of bits, one row for 1,024 neighbours of a stream, in SQLite.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { InabilityError } from '@sealwire/core';
import type { DoneSet } from './claim-table.js';
import { blockBits, isOutside, type KeptClaim } from './kept-claim.js';
import { openSqliteFile, prepareSqliteFile } from './sqlite-file.js';
import { sqliteOpenFailure, sqliteUnable } from './sqlite-failure.js';

const pageBytes = 4096;
const pruneEveryMs = 10_000;
/** Further behind than this, the clock was set back. */
const backwardsMs = 60_000;
/** How often the highest time is written down. */
const clockStepMs = 1_000;

export interface SqliteFile {
  readonly file: string;
  /** The file grows to this size and no further; then nothing is accepted until something has expired. */
  readonly maxBytes: number;
}

interface Scope {
  readonly id: number;
  windowMs: number;
  /** What was issued up to here may have been forgotten. */
  floorMs: number;
}

interface Block {
  bits: Uint8Array;
  newestMs: number;
  readonly isNew: boolean;
}

/**
 * One process for a file: SQLite’s own lock on it is held until `close` or the end of the process, whichever way it ends.
 * Every `add` is one transaction that is on the disk (`synchronous = FULL`) when it returns.
 */
export class SqliteDoneSet implements DoneSet {
  /** Made with the file: another id means another memory. */
  readonly id: string;
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #put: StatementSync;
  readonly #prune: StatementSync;
  readonly #scopes = new Map<string, Scope>();
  /** Not after a transaction that failed: what was read or written in it may not be there. */
  #scopesHold = false;
  #clockMs: number;
  #prunedAtMs = -Infinity;

  /** @throws UsageError ERR_USAGE_REPLAY: in use, damaged, or not ours; InabilityError ERR_UNABLE_REPLAY */
  constructor({ file, maxBytes }: SqliteFile) {
    this.#file = file;
    const database = openSqliteFile(file);
    this.#database = database;
    try {
      database.exec(
        'PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF',
      );
      prepareSqliteFile(database, file);
      database.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / pageBytes)}`);
      this.id = String(database.prepare("SELECT value FROM meta WHERE name = 'id'").get()!['value']);
      this.#clockMs = Number(database.prepare("SELECT value FROM meta WHERE name = 'clock'").get()!['value']);
      this.#readScopes();
      this.#find = database.prepare(
        'SELECT bits, newest FROM block WHERE scope = ? AND stream = ? AND number = ?',
      );
      this.#put = database.prepare(
        'INSERT INTO block (scope, stream, number, newest, bits) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET newest = excluded.newest, bits = excluded.bits',
      );
      this.#prune = database.prepare('DELETE FROM block WHERE scope = ? AND newest < ?');
    } catch (error) {
      database.close();
      throw sqliteOpenFailure(error, file);
    }
  }

  ask(claims: readonly KeptClaim[], nowMs: number): readonly ('open' | 'done' | 'forgotten')[] {
    this.#checkClock(nowMs);
    return this.#able(() => {
      this.#readScopes();
      const blocks = new Map<string, Block | null>();
      return claims.map((claim) => {
        const scope = this.#scopes.get(claim.scope);
        if (scope !== undefined) {
          if (claim.issuedAtMs <= scope.floorMs) return 'forgotten';
          const block = this.#block(scope.id, claim, blocks);
          if (block !== null && hasBit(block.bits, claim.bit)) return 'done';
        }
        return isOutside(claim, nowMs) ? 'forgotten' : 'open';
      });
    });
  }

  add(claims: readonly KeptClaim[], nowMs: number): void {
    this.#checkClock(nowMs);
    this.#able(() => {
      if (nowMs - this.#prunedAtMs >= pruneEveryMs) this.#forgetOld(nowMs);
      this.#inTransaction(() => this.#write(claims, nowMs));
    });
  }

  close(): void {
    this.#database.close();
  }

  #write(claims: readonly KeptClaim[], nowMs: number): void {
    const blocks = new Map<string, Block | null>();
    const changed = new Map<string, { readonly scope: number; readonly claim: KeptClaim; block: Block }>();
    for (const claim of claims) {
      const { id } = this.#scopeOf(claim);
      const key = blockKey(id, claim);
      const block = this.#block(id, claim, blocks) ?? { bits: new Uint8Array(0), newestMs: 0, isNew: true };
      block.bits = withBit(block.bits, claim.bit);
      block.newestMs = Math.max(block.newestMs, claim.issuedAtMs);
      blocks.set(key, block);
      changed.set(key, { scope: id, claim, block });
    }
    for (const { scope, claim, block } of changed.values())
      this.#put.run(scope, Buffer.from(claim.stream, 'latin1'), claim.block, block.newestMs, block.bits);
    if (nowMs >= this.#clockMs + clockStepMs) {
      this.#database.prepare("UPDATE meta SET value = ? WHERE name = 'clock'").run(nowMs);
      this.#clockMs = nowMs;
    }
  }

  /** The window is the policy’s, and may change; what was forgotten under a shorter one stays below the floor. */
  #scopeOf({ scope: name, windowMs }: KeptClaim): Scope {
    const known = this.#scopes.get(name);
    if (known?.windowMs === windowMs) return known;
    const { id } = this.#database
      .prepare(
        'INSERT INTO scope (name, window, floor) VALUES (?, ?, 0) ON CONFLICT (name) DO UPDATE SET window = excluded.window RETURNING id',
      )
      .get(name, windowMs) as { id: number };
    const scope = { id, windowMs, floorMs: known?.floorMs ?? 0 };
    this.#scopes.set(name, scope);
    return scope;
  }

  #block(scope: number, claim: KeptClaim, read: Map<string, Block | null>): Block | null {
    const key = blockKey(scope, claim);
    const known = read.get(key);
    if (known !== undefined) return known;
    const row = this.#find.get(scope, Buffer.from(claim.stream, 'latin1'), claim.block);
    const block =
      row === undefined
        ? null
        : { bits: row['bits'] as Uint8Array, newestMs: Number(row['newest']), isNew: false };
    read.set(key, block);
    return block;
  }

  /** A block leaves when its newest message is outside the window: every older one is too. */
  #forgetOld(nowMs: number): void {
    this.#inTransaction(() => {
      for (const scope of this.#scopes.values()) {
        const belowMs = nowMs - scope.windowMs;
        if (belowMs <= scope.floorMs) continue;
        const { changes } = this.#prune.run(scope.id, belowMs);
        if (Number(changes) === 0) continue;
        this.#database.prepare('UPDATE scope SET floor = ? WHERE id = ?').run(belowMs, scope.id);
        scope.floorMs = belowMs;
      }
    });
    this.#prunedAtMs = nowMs;
  }

  #inTransaction(work: () => void): void {
    this.#readScopes();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#scopesHold = false;
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Without them everything would look new: where they cannot be read nothing is answered. */
  #readScopes(): void {
    if (this.#scopesHold) return;
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#scopes.clear();
    for (const row of this.#database.prepare('SELECT id, name, window, floor FROM scope').all())
      this.#scopes.set(String(row['name']), {
        id: Number(row['id']),
        windowMs: Number(row['window']),
        floorMs: Number(row['floor']),
      });
    this.#scopesHold = true;
  }

  /** Time never falls below what was used before: a clock that was set back would make what is forgotten look fresh. */
  #checkClock(nowMs: number): void {
    if (nowMs >= this.#clockMs - backwardsMs) return;
    throw new InabilityError(
      'ERR_UNABLE_CLOCK',
      `The clock is behind what the replay store ${this.#file} has seen (${new Date(this.#clockMs).toISOString()}). Correct the clock; if it was ahead before, move the file away and accept the loss: sealwire replay accept-loss`,
      { nowMs, seenMs: this.#clockMs },
    );
  }

  #able<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw sqliteUnable(error, this.#file);
    }
  }
}

const blockKey = (scope: number, { stream, block }: KeptClaim): string => `${scope}/${stream}/${block}`;

const hasBit = (bits: Uint8Array, bit: number): boolean => ((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;

/** Only as long as its highest bit needs, so that a stream of one message costs one byte. */
function withBit(bits: Uint8Array, bit: number): Uint8Array {
  const at = bit >> 3;
  let longer = bits;
  if (at >= bits.length) {
    longer = new Uint8Array(Math.min(blockBits / 8, at + 1));
    longer.set(bits);
  }
  longer[at]! |= 1 << (bit & 7);
  return longer;
}
