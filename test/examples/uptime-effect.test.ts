/**
 * Parts of the uptime monitor with Effect, for what cannot be seen from outside of its process, or not soon.
 */
import { assert, describe, it } from "@effect/vitest"
import { Governor } from "effect-governor"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import { once } from "node:events"
import * as fs from "node:fs"
import * as Net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Database } from "../../examples/uptime-effect/database.ts"
import { Page } from "../../examples/uptime-effect/page.ts"
import { backoff } from "../../examples/uptime-effect/reporter.ts"
import { server } from "../../examples/uptime-effect/server.ts"
import { Settings } from "../../examples/uptime-effect/settings.ts"
import { Store, storing } from "../../examples/uptime-effect/store.ts"

const resources = (file: string) =>
  Layer.mergeAll(Page.layer, Store.layer, Logger.layer([])).pipe(
    Layer.provide(Database.layer),
    Layer.provide(Settings.layer([], { PORT: "0", DATABASE: file }))
  )

/** A connection on which half of a first request has arrived: Node itself would wait a minute for the other half. */
const half = Effect.fnUntraced(function*(url: string) {
  const socket = Net.connect(Number(new URL(url).port), "localhost")
  yield* Effect.addFinalizer(() => Effect.sync(() => socket.destroy()))
  yield* Effect.promise(() => once(socket, "connect"))
  yield* Effect.callback<void>((resume) => void socket.write("GET / HTTP/1.1\r\n", () => resume(Effect.void)))
  yield* Effect.promise(() => fetch(url)) // who has answered this has seen the other
  return socket
})

describe("the server", () => {
  it.live("cuts off who does not come to an end, and listens where it did", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.Governor
      const handle = yield* governor.add(server)
      yield* governor.start
      const url = yield* Page.use((page) => page.url)
      const socket = yield* half(url)
      const closed = once(socket, "close")
      yield* handle.restart
      yield* Effect.promise(() => closed)
      yield* governor.awaitReady
      const { run } = yield* handle.status
      const { status } = yield* Effect.promise(() => fetch(url))
      assert.deepStrictEqual({ run, status }, { run: 2, status: 200 })
    }).pipe(Effect.provide(Layer.provideMerge(Governor.layer(), resources(":memory:")))))
})

const late = { target: "late", time: 0, up: true, status: 200, millis: 1 }

describe("the store", () => {
  it.live("is written and closed after the last service has ended", () =>
    Effect.gen(function*() {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "uptime-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true })))
      const file = path.join(folder, "uptime.db")
      const lastWord = Store.use(({ add }) => Effect.andThen(Effect.sleep("10 millis"), add(late)))
      const slow = Governor.service("slow", Effect.onInterrupt(Effect.never, () => lastWord))
      const Services = Governor.supervise(Layer.merge(slow, Governor.service("store", storing)))
      yield* Effect.scoped(Layer.build(Layer.provide(Services, resources(file))))

      assert.deepStrictEqual(fs.readdirSync(folder), ["uptime.db"]) // closed: there is no log beside it
      const database = new DatabaseSync(file)
      assert.strictEqual(database.prepare("SELECT target FROM results").get()?.["target"], "late")
      database.close()
    }))
})

describe("the reporter's backoff", () => {
  it.effect("doubles, a little off at random, up to half a minute", () =>
    Effect.gen(function*() {
      const next = yield* Schedule.toStep(backoff)
      const delays: Array<number> = []
      for (let i = 0; i < 10; i++) delays.push(Duration.toSeconds((yield* next(0, undefined))[1]))
      delays.slice(0, 4).forEach((delay, i) => assert.closeTo(delay / 2 ** i, 1, 0.2))
      assert.strictEqual(delays.at(-1), 30)
      assert.strictEqual(new Set(delays.slice(0, 4).map((delay, i) => delay / 2 ** i)).size, 4)
    }))
})
