/**
 * What leaders write to, each write with its token: a znode, through `term.transaction()`, and an SQLite file whose
 * fence compares in the statement that writes. Beside them a table without a fence, to show what would get through.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { FencedError } from 'succession';
import type { ZooKeeperTerm } from 'succession/zookeeper';
import type { Occurrence } from './history.js';
import type { Setup } from './orders.js';

/** The part of `node:sqlite` that we use; Node 20 has it not, so it comes from a package of the same shape. */
interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}
interface Statement {
  run(...values: (string | bigint)[]): unknown;
  get(...values: (string | bigint)[]): unknown;
  all(): unknown[];
  setReadBigInts(enabled: boolean): void;
}
const { DatabaseSync }: { DatabaseSync: new (file: string) => Database } = createRequire(import.meta.url)(
  '@photostructure/sqlite',
);

/** The znode. */
export const REGISTER = '/register';

/** One accepted write, in order of acceptance. */
export interface Entry {
  readonly token: bigint;
  readonly value: string;
}

const fileIn = (dir: string) => join(dir, 'register.db');

export function createRegisters(dir: string): void {
  const database = new DatabaseSync(fileIn(dir));
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE register (fence INTEGER NOT NULL, value TEXT NOT NULL);
    INSERT INTO register VALUES (0, '');
    CREATE TABLE journal (n INTEGER PRIMARY KEY AUTOINCREMENT, fence INTEGER NOT NULL, value TEXT NOT NULL);
    CREATE TRIGGER written AFTER UPDATE ON register
      BEGIN INSERT INTO journal (fence, value) VALUES (new.fence, new.value); END;
    CREATE TABLE bare (n INTEGER PRIMARY KEY AUTOINCREMENT, fence INTEGER NOT NULL, value TEXT NOT NULL)`);
  database.close();
}

/** What the file took, with its fence and without. */
export function readRegisters(dir: string): { fenced: Entry[]; bare: Entry[] } {
  const database = new DatabaseSync(fileIn(dir));
  const entries = (table: string): Entry[] => {
    const rows = database.prepare(`SELECT fence AS token, value FROM ${table} ORDER BY n`);
    rows.setReadBigInts(true);
    return rows.all() as Entry[];
  };
  const read = { fenced: entries('journal'), bare: entries('bare') };
  database.close();
  return read;
}

/** Kept: a statement does not keep its database from being collected, and then takes the process with it. */
const databases = new Set<Database>();

type Outcome = NonNullable<Occurrence['outcome']>;
type Note = (kind: Occurrence['kind'], details: object) => void;

/** Returns what writes once to the file, with its fence (or without, on purpose) and to the table that has none. Nobody waits for a lock: a paused process may hold it. */
export function openJournal(dir: string, unfenced = false): (token: bigint, value: string) => Outcome {
  const database = new DatabaseSync(fileIn(dir));
  database.exec('PRAGMA synchronous = OFF; PRAGMA busy_timeout = 0');
  databases.add(database);
  const fence = unfenced ? '' : 'WHERE fence <= ?1';
  const update = database.prepare(`UPDATE register SET fence = ?1, value = ?2 ${fence} RETURNING fence`);
  const bare = database.prepare('INSERT INTO bare (fence, value) VALUES (?1, ?2)');
  return (token, value) => {
    try {
      bare.run(token, value);
      return update.get(token, value) ? 'written' : 'refused';
    } catch {
      return 'unknown';
    }
  };
}

/** Returns what writes once to each, and notes what became of it. */
export function openRegisters({ dir, who, mutant }: Setup, note: Note): (term: ZooKeeperTerm) => void {
  const toSqlite = openJournal(dir, mutant === 'no-fence');
  let writes = 0;
  const toZooKeeper = (term: ZooKeeperTerm, value: string) =>
    term
      .transaction()
      .set(REGISTER, `${term.token} ${value}`)
      .commit()
      .then(
        () => 'written' as const,
        (error) => (error instanceof FencedError ? 'refused' : 'unknown'),
      );

  return (term) => {
    const { token } = term;
    const value = `${who}/${++writes}`;
    note('write', { token, value, store: 'SQLite', outcome: toSqlite(token, value) });
    void toZooKeeper(term, value).then((outcome) => note('write', { token, value, store: 'ZooKeeper', outcome }));
  };
}
