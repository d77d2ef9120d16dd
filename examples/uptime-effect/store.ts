/**
 * Keeps the results: in memory at first, and in SQLite every half second.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { Database } from "./database.ts"

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

/** One statement is one transaction: a batch is written as a whole, or not at all. */
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
    waiting = [] // only now: if that threw, the next write tries again
  })
  // The services stop together: a check may have ended after the last write. By now nothing comes any more.
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

/** It outlives the runs of all services, and so does what waits in it: a run that crashed while it wrote loses nothing. */
export class Store extends Context.Service<Store, Effect.Success<typeof make>>()("uptime/Store") {
  static readonly layer = Layer.effect(Store, make)
}

/** The service that writes. */
export const storing = Store.use(({ write }) => Effect.repeat(write, Schedule.spaced("500 millis")))
