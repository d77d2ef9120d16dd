/**
 * The service that keeps the results: in memory at first, and in SQLite every half second.
 */
import type { ServiceAPI } from "effect-governor/promise"
import { DatabaseSync } from "node:sqlite"

/** What one check found. */
export interface Result {
  readonly target: string
  /** When that was, in epoch milliseconds. */
  readonly time: number
  readonly up: boolean
  /** Of the answer, if there was one. */
  readonly status?: number
  /** Why there was none. */
  readonly error?: string
  /** How long it took. */
  readonly millis: number
}

const schema = `
  PRAGMA journal_mode = WAL; -- others can read while we write
  CREATE TABLE IF NOT EXISTS results (
    id INTEGER PRIMARY KEY, target TEXT NOT NULL, time INTEGER NOT NULL, up INTEGER NOT NULL,
    status INTEGER, error TEXT, millis INTEGER NOT NULL
  ) STRICT`

/** One statement is one transaction: a batch is written as a whole, or not at all. */
const insert = `
  INSERT INTO results (target, time, up, status, error, millis)
  SELECT value ->> 'target', value ->> 'time', value ->> 'up', value ->> 'status', value ->> 'error', value ->> 'millis'
  FROM json_each(?)`

/** The object outlives its runs, and so does what waits in it: a run that crashed while it wrote loses nothing. */
export class Store {
  readonly #database: DatabaseSync
  readonly #latest = new Map<string, Result>()
  #waiting: Array<Result> = []

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 1000 }) // someone else may be writing
    this.#database.exec(schema)
  }

  add(result: Result): void {
    this.#waiting.push(result)
    this.#latest.set(result.target, result)
  }

  /** The latest result of each target. */
  latest(): ReadonlyArray<Result> {
    return [...this.#latest.values()]
  }

  async run({ sleep }: ServiceAPI): Promise<void> {
    do this.#write()
    while (!(await sleep("500 millis")))
  }

  /** Writes what still waits. Nothing may be added after that. */
  close(): void {
    this.#write()
    this.#database.close()
  }

  #write(): void {
    if (this.#waiting.length === 0) return
    this.#database.prepare(insert).run(JSON.stringify(this.#waiting))
    this.#waiting = [] // only now: if that threw, the next run tries again
  }
}
