/**
 * The connection to SQLite. It is open as long as anything uses it.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { DatabaseSync } from "node:sqlite"
import { Settings } from "./settings.ts"

class DatabaseError extends Data.TaggedError("DatabaseError")<{ readonly cause: unknown }> {
  override readonly message = this.cause instanceof Error ? this.cause.message : String(this.cause)
}

const schema = `
  PRAGMA journal_mode = WAL; -- others can read while we write
  CREATE TABLE IF NOT EXISTS results (
    id INTEGER PRIMARY KEY, target TEXT NOT NULL, time INTEGER NOT NULL, up INTEGER NOT NULL,
    status INTEGER, error TEXT, millis INTEGER NOT NULL
  ) STRICT`

/** Makes a typed error of an error that SQLite throws. */
const attempt = <A>(work: () => A) => Effect.try({ try: work, catch: (cause) => new DatabaseError({ cause }) })

const open = (path: string) => attempt(() => new DatabaseSync(path, { timeout: 1000 })) // another process may write

const make = Effect.gen(function*() {
  const { database: path } = yield* Settings
  const connection = yield* Effect.acquireRelease(open(path), (connection) => Effect.sync(() => connection.close()))
  yield* attempt(() => connection.exec(schema))
  return { use: <A>(work: (connection: DatabaseSync) => A) => attempt(() => work(connection)) }
})

export class Database extends Context.Service<Database, Effect.Success<typeof make>>()("uptime/Database") {
  static readonly layer = Layer.effect(Database, make)
}
