/**
 * Keeps the results, first in memory, and every half second in SQLite.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { Database } from "./database.ts"

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

/** One statement is one transaction, so a batch is written as a whole or not at all. */
const insert = `
  INSERT INTO results (target, time, up, status, error, millis)
  SELECT value ->> 'target', value ->> 'time', value ->> 'up', value ->> 'status', value ->> 'error', value ->> 'millis'
  FROM json_each(?)`

const make = Effect.gen(function*() {
  const database = yield* Database
  const latest = new Map<string, Result>()
  let waiting: Array<Result> = []

  const write = database.use((connection) => {
    if (waiting.length === 0) return
    connection.prepare(insert).run(JSON.stringify(waiting))
    waiting = [] // only after the write: if it throws, the next write tries again
  })
  // The services stop together, so a check may have ended after the last write. No more results come now.
  yield* Effect.addFinalizer(() => Effect.orDie(write))

  return {
    add: (result: Result) =>
      Effect.sync(() => {
        waiting.push(result)
        latest.set(result.target, result)
      }),
    /** The latest result of each target. */
    latest: Effect.sync((): ReadonlyArray<Result> => [...latest.values()]),
    write
  }
})

/**
 * The store, with the results that wait to be written, outlives all runs. So a run that crashes while it writes loses
 * nothing.
 */
export class Store extends Context.Service<Store, Effect.Success<typeof make>>()("uptime/Store") {
  static readonly layer = Layer.effect(Store, make)
}

/** The service that writes the results. */
export const storing = Store.use(({ write }) => Effect.repeat(write, Schedule.spaced("500 millis")))
