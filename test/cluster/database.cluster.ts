/** What the cluster counts on: one that shares its sessions, or has no notifications, would let other tests pass. */
import { PgClient } from "@effect/sql-pg/PgClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type { Scope } from "effect/Scope"
import { SqlClient } from "effect/sql/SqlClient"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, inject, onTestFinished } from "vitest"
import { startDatabase } from "../../examples/cluster/database.ts"
import { run } from "../child.ts"
import { clientOf, freshSchema } from "./sql.ts"

let url: string
beforeAll(async () => {
  url = await freshSchema("database")
})

/** As another process with a connection of its own. */
const asAnother = <A, E>(work: Effect.Effect<A, E, PgClient | SqlClient | Scope>, to = url) =>
  work.pipe(Effect.scoped, Effect.provide(clientOf(to), { local: true }))

const rowsOf = Effect.flatMap(SqlClient, (sql) => sql<{ readonly name: string }>`SELECT name FROM things`)

const make = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE things (name text PRIMARY KEY)`
  yield* sql`INSERT INTO things VALUES ('one')`
})

/** Ends the sessions that listen to "own", and no other: tests that run at this moment share the database. */
const endListeners = Effect.flatMap(
  SqlClient,
  (sql) =>
    sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE ${`LISTEN%own%`}`
)

describe("the database of the tests", () => {
  it.live("answers", () =>
    Effect.gen(function*() {
      yield* asAnother(make)
      expect(yield* asAnother(rowsOf)).toEqual([{ name: "one" }])
    }))

  it.live("keeps the schemas of two test files apart, and empties one that is made again", () =>
    Effect.gen(function*() {
      const one = yield* Effect.promise(() => freshSchema("one"))
      const other = yield* Effect.promise(() => freshSchema("other"))
      yield* asAnother(make, one)
      yield* asAnother(make, other)
      yield* Effect.promise(() => freshSchema("one"))
      yield* Effect.flip(asAnother(rowsOf, one))
      expect(yield* asAnother(rowsOf, other)).toHaveLength(1)
    }))

  it.live("tells one connection what another says", () =>
    asAnother(Effect.gen(function*() {
      const heard = yield* Effect.flatMap(PgClient, (client) => client.listen("news"))
      yield* asAnother(Effect.flatMap(PgClient, (client) => client.notify("news", "hello")))
      expect(yield* Queue.take(heard)).toMatchObject({ channel: "news", payload: "hello" })
    })))

  const tryLock = Effect.flatMap(
    SqlClient,
    (sql) => Effect.map(sql<{ readonly got: boolean }>`SELECT pg_try_advisory_lock(1, 2) AS got`, ([row]) => row?.got)
  )

  it.live("gives one advisory lock to one session, until that one ends", () =>
    Effect.gen(function*() {
      yield* asAnother(Effect.gen(function*() {
        expect(yield* tryLock).toBe(true)
        expect(yield* asAnother(tryLock)).toBe(false)
      }))
      yield* Effect.promise(() => expect.poll(() => Effect.runPromise(asAnother(tryLock))).toBe(true))
    }))

  it.live("ends the session of another", () =>
    asAnother(Effect.gen(function*() {
      const heard = yield* Effect.flatMap(PgClient, (client) => client.listen("own"))
      expect(yield* asAnother(endListeners)).toHaveLength(1)
      yield* Effect.flip(Queue.take(heard))
    })))
})

const temporary = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "governor-test-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Nothing listens there any more. */
const isClosed = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy()
      resolve(false)
    }).once("error", () => resolve(true))
  })

describe("a database of one's own", () => {
  it.each(["fast", "immediate"] as const)("keeps port and data when it is restarted: %s", async (how) => {
    const database = await startDatabase()
    onTestFinished(database.stop)
    const { pid: before, url } = { ...database, pid: database.pid() }
    await Effect.runPromise(asAnother(make, url))
    await database.restart(how)
    expect(database.pid()).not.toBe(before)
    expect(await Effect.runPromise(asAnother(rowsOf, url))).toEqual([{ name: "one" }])
  })

  it("is away when it is halted, even if it was frozen, and back when it is resumed", async () => {
    const database = await startDatabase()
    onTestFinished(database.stop)
    process.kill(database.pid()!, "SIGSTOP")
    await database.halt()
    expect([await isClosed(database.port), database.pid()]).toEqual([true, undefined])
    await database.resume()
    await Effect.runPromise(asAnother(make, database.url))
  })

  it("leaves nothing behind but a folder that it was given, in which it starts again", async () => {
    const [anywhere, folder] = [await startDatabase(), await temporary()]
    await anywhere.stop()
    expect([existsSync(anywhere.folder), await isClosed(anywhere.port)]).toEqual([false, true])
    const first = await startDatabase({ folder })
    await Effect.runPromise(asAnother(make, first.url))
    await first.stop()
    const second = await startDatabase({ folder })
    onTestFinished(second.stop)
    expect(await Effect.runPromise(asAnother(rowsOf, second.url))).toHaveLength(1)
  })

  it("says what is wrong if it cannot start", async () => {
    const port = Number(new URL(inject("database")).port)
    await expect(startDatabase({ port })).rejects.toThrow(new RegExp(`port ${port}: .*Address already in use;`))
  })

  it.each([
    ["ends without a word to it", "leave", 0],
    ["is killed", "SIGKILL", null],
    ["is killed after it has frozen the database", "SIGKILL frozen", null]
  ])("ends when the process that has started it %s", async (_, how, code) => {
    const child = run("database", how.split(" "))
    const [, port, folder] = await child.printed(/port (\d+) folder (.*)\n/)
    expect(await child.exit).toMatchObject({ code })
    await expect.poll(() => existsSync(folder!)).toBe(false)
    await expect.poll(() => isClosed(Number(port))).toBe(true)
  })
})
