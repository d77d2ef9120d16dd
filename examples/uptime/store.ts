/**
 * The service that keeps the results, first in memory, and every half second in SQLite.
 */
import type { ServiceAPI } from "effect-governor/promise"
import { DatabaseSync } from "node:sqlite"

/** The result of one check. */
export interface Result {
  readonly target: string
  /** When the check was made, in epoch milliseconds. */
  readonly time: number
  readonly up: boolean
  /** The status of the answer, if there was an answer. */
  readonly status?: number
  /** Why there was no answer. */
  readonly error?: string
  /** How long the check took. */
  readonly millis: number
}

const schema = `
  PRAGMA journal_mode = WAL; -- others can read while we write
  CREATE TABLE IF NOT EXISTS results (
    id INTEGER PRIMARY KEY, target TEXT NOT NULL, time INTEGER NOT NULL, up INTEGER NOT NULL,
    status INTEGER, error TEXT, millis INTEGER NOT NULL
  ) STRICT`

/** One statement is one transaction, so a batch is written as a whole or not at all. */
const insert = `
  INSERT INTO results (target, time, up, status, error, millis)
  SELECT value ->> 'target', value ->> 'time', value ->> 'up', value ->> 'status', value ->> 'error', value ->> 'millis'
  FROM json_each(?)`

/**
 * The object, with the results that wait to be written, outlives its runs. So a run that crashes while it writes loses
 * nothing.
 */
export class Store {
  readonly #database: DatabaseSync
  readonly #latest = new Map<string, Result>()
  #waiting: Array<Result> = []

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 1000 }) // another process may be writing
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

  /** Writes the results that still wait. Nothing may be added after that. */
  close(): void {
    this.#write()
    this.#database.close()
  }

  #write(): void {
    if (this.#waiting.length === 0) return
    this.#database.prepare(insert).run(JSON.stringify(this.#waiting))
    this.#waiting = [] // only after the write: if it throws, the next run tries again
  }
}
