/**
 * What the monitor does: it checks sites, and reports how many are up. Each write is guarded: a node that was frozen, and does
 * not know yet that another node has its services, writes nothing.
 */
import { ServiceRun } from "effect-governor"
import { Fence } from "effect-governor/cluster"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import { check } from "../uptime-effect/check.ts"
import type { Result } from "../uptime-effect/store.ts"
import { reports, results } from "./tables.ts"

const save = ({ error, millis, status, target, up }: Result) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    yield* Fence.guard(sql`INSERT INTO ${sql(results)} (target, up, status, error, millis)
      VALUES (${target}, ${up}, ${status ?? null}, ${error ?? null}, ${millis})
      ON CONFLICT (target) DO UPDATE SET up = EXCLUDED.up, status = EXCLUDED.status, error = EXCLUDED.error,
        millis = EXCLUDED.millis, at = EXCLUDED.at`)
  })

/** Checks a site again and again, and logs what has changed. */
const watch = (target: string, interval: Duration.Duration) =>
  Effect.gen(function*() {
    let before: string | undefined
    const once = Effect.gen(function*() {
      const result: Result = yield* check(target)
      yield* save(result)
      const now = `${target} is ${result.up ? "up" : "down"} (${result.error ?? result.status})`
      if (now !== before) yield* Effect.logInfo(now)
      before = now
    })
    return yield* Effect.repeat(once, Schedule.spaced(interval))
  })

/** A part without sites has nothing to do, and stays. */
export const checking = (sites: ReadonlyArray<string>, interval: Duration.Duration) =>
  sites.length === 0
    ? Effect.never
    : Effect.forEach(sites, (site) => watch(site, interval), { concurrency: "unbounded", discard: true })

interface Report {
  readonly up: number
  readonly down: number
}

/** Writes a summary of the latest results again and again. The epoch says which run of all nodes has written it. */
export const reporting = (sites: ReadonlyArray<string>, interval: Duration.Duration) =>
  Effect.gen(function*() {
    const { epoch } = yield* ServiceRun
    const sql = yield* SqlClient.SqlClient
    const report = Effect.gen(function*() {
      const [row] = yield* Fence.guard(sql<Report>`INSERT INTO ${sql(reports)} (epoch, process, up, down)
        SELECT ${epoch}::bigint, ${process.pid}::int, count(*) FILTER (WHERE up), count(*) FILTER (WHERE NOT up)
        FROM ${sql(results)} WHERE ${sql.in("target", sites)}
        RETURNING up, down`)
      yield* Effect.logInfo(`${row?.up} up, ${row?.down} down (epoch ${epoch})`)
    })
    return yield* Effect.repeat(report, Schedule.spaced(interval))
  })
