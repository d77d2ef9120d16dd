import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import fc from "fast-check"
import { readFileSync } from "node:fs"
import { Governor, RestartPolicy, Service, ServiceRun } from "../src/index.ts"
import { pass, turns, watched } from "./support.ts"

type Command = "start" | "stop" | "restart" | "remove"

const commands: ReadonlyArray<Command> = ["start", "stop", "restart", "remove"]

const waitsForEver = Effect.onInterrupt(Effect.never, () => Effect.sleep(1000))
const stopsAtOnce = Effect.never

interface Row {
  readonly run?: Effect.Effect<unknown, string>
  readonly options?: Service.Options
  /** What brings the service, which was just added, to where the row begins. */
  readonly before: (
    handle: Governor.ServiceHandle<string>,
    governor: Governor.Governor
  ) => Effect.Effect<unknown, unknown, Scope.Scope>
  /** What has to happen before what comes of a command can be seen. */
  readonly after?: (governor: Governor.Governor) => Effect.Effect<unknown, unknown>
}

const started = (handle: Governor.ServiceHandle<string>) => Effect.andThen(handle.start, TestClock.adjust(0))
const stopping = (by: Command): Row => ({
  run: Effect.flatMap(ServiceRun, ({ run }) => run === 1 ? waitsForEver : stopsAtOnce),
  before: (handle) => Effect.andThen(started(handle), Effect.forkScoped(Effect.exit<void, unknown, never>(handle[by]))),
  after: () => pass(1000)
})

const db = Service.make("db", Effect.andThen(Effect.sleep(1000), Effect.andThen(ServiceRun.ready, Effect.never)), {
  readiness: "manual"
})

const rows: Record<string, Row> = {
  "Pending": { before: () => Effect.void },
  "waiting for a dependency, or for its group": {
    options: { dependsOn: [db] },
    before: (handle, governor) => Effect.andThen(governor.add(db), handle.start),
    after: () => pass(1000)
  },
  "Starting or Running": { before: started },
  "hung": {
    run: Effect.flatMap(ServiceRun, ({ run }) => run === 1 ? waitsForEver : stopsAtOnce),
    options: { heartbeatTimeout: "10 seconds" },
    before: (handle) => Effect.andThen(started(handle), pass(10_000)),
    after: () => pass(1000)
  },
  "in Backoff": { run: Effect.fail("lost"), before: started },
  "Stopping, by `stop`": stopping("stop"),
  "Stopping, by `restart`": stopping("restart"),
  "Stopping, by `remove`": stopping("remove"),
  "Stopped": { before: (handle) => Effect.andThen(started(handle), handle.stop) },
  "Failed": { run: Effect.fail("lost"), options: { restart: RestartPolicy.never }, before: started },
  "abandoned": {
    run: Effect.uninterruptible(Effect.never),
    options: { stopTimeout: "1 second" },
    before: (handle) => Effect.andThen(Effect.andThen(started(handle), Effect.forkScoped(handle.stop)), pass(1000))
  },
  "removed": { before: (handle) => Effect.andThen(started(handle), handle.remove) },
  "any of these, once a shutdown has begun": {
    run: waitsForEver,
    before: (handle, governor) => Effect.andThen(started(handle), Effect.forkScoped(governor.shutdown)),
    after: () => pass(1000)
  }
}

/** The first table of the page: each row's name, and what comes of each command. */
const table = readFileSync(new URL("../docs/commands.md", import.meta.url), "utf8")
  .split("\n\n").find((part) => part.startsWith("| the service is"))!
  .split("\n").slice(2)
  .map((line) => line.split("|").map((cell) => cell.trim()).slice(1, -1))

/** Gives a command to a service in that state, and says what came of it in the words of the table. */
const outcome = Effect.fnUntraced(function*(row: Row, command: Command) {
  const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced("1 hour") })
  const handle = yield* governor.add(Service.make("a", row.run ?? stopsAtOnce, row.options))
  yield* Effect.andThen(row.before(handle, governor), turns)
  const before = yield* handle.status
  const removals = () => lines.filter((line) => line.startsWith("Removed")).length
  const removed = removals()
  const result = yield* Effect.forkScoped(Effect.exit<void, { readonly _tag: string }, never>(handle[command]))
  yield* turns
  const atOnce = yield* handle.status
  yield* row.after?.(governor) ?? Effect.void
  yield* turns
  const exit = yield* Fiber.join(result)
  const status = yield* handle.status
  yield* Effect.forkScoped(governor.shutdown)
  yield* pass(2000)
  if (exit._tag === "Failure") {
    const [reason] = exit.cause.reasons
    return reason?._tag === "Fail" ? `\`${reason.error._tag}\`` : "a defect"
  }
  if (removals() > removed) return "is removed"
  if (status.run > before.run) return "begins"
  if (status._tag === "Stopped" && before._tag !== "Stopped") return "stops"
  return atOnce === before ? "stays" : `is ${status._tag}`
})

describe("live control (rule 25): what docs/commands.md says", () => {
  it("the table has a row for each state", () => {
    assert.deepStrictEqual(table.map(([name]) => name), Object.keys(rows))
  })

  for (const [name, ...cells] of table) {
    for (const [i, command] of commands.entries()) {
      it.effect(`${name}: ${command} → ${cells[i]}`, () =>
        Effect.gen(function*() {
          assert.strictEqual(yield* outcome(rows[name!]!, command), cells[i])
        }))
    }
  }
})

describe("live control (rule 25)", () => {
  it.effect("start and restart return when the run has begun; start also when it waits", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(db)
      const api = yield* governor.add(Service.make("api", Effect.never, { dependsOn: ["db"] }))
      yield* api.start
      const restart = yield* Effect.forkChild(api.restart)
      yield* TestClock.adjust(999)
      assert.isUndefined(restart.pollUnsafe())
      yield* pass(1)
      assert.isDefined(restart.pollUnsafe())
    }))

  it.effect("a restart that a stop takes over returns when that is done", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const handle = yield* governor.add(Service.make("a", waitsForEver))
      yield* started(handle)
      const restart = yield* Effect.forkChild(handle.restart)
      yield* Effect.forkChild(handle.stop)
      yield* TestClock.adjust(999)
      assert.isUndefined(restart.pollUnsafe())
      yield* pass(1)
      yield* Fiber.join(restart)
      assert.include(yield* handle.status, { _tag: "Stopped", run: 1 })
    }))

  it.effect("no command waits behind a hung one, and a shutdown gets through at once", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ shutdownTimeout: "1 second" })
      const deaf = yield* governor.add(Service.make("deaf", Effect.uninterruptible(Effect.never)))
      const api = yield* governor.add(Service.make("api", Effect.never))
      yield* governor.start
      yield* Effect.forkChild(deaf.stop)
      yield* TestClock.adjust("1 minute")
      yield* api.restart
      yield* api.stop
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(shutdown)).services.map(({ outcome }) => outcome), [
        "Abandoned",
        "Stopped"
      ])
    }))

  it.effect("from many fibers at once: never two runs, and the latest command wins", () =>
    Effect.gen(function*() {
      const seed = fc.sample(
        fc.array(fc.tuple(fc.constantFrom("start", "stop", "restart"), fc.nat(5)), { minLength: 400, maxLength: 400 }),
        1
      )[0]!
      let live = 0
      let most = 0
      const run = Effect.acquireUseRelease(
        Effect.sync(() => most = Math.max(most, ++live)),
        () => Effect.never,
        () => Effect.andThen(Effect.yieldNow, Effect.sync(() => live--))
      )
      const { governor } = yield* watched()
      const handle = yield* governor.add(Service.make("a", run))
      let last = "stop"
      yield* Effect.forEach(seed, ([command, yields]) =>
        Effect.andThen(
          Effect.repeat(Effect.yieldNow, { times: yields }),
          Effect.suspend(() => {
            last = command
            return handle[command as "start"]
          })
        ), { concurrency: "unbounded" })
      yield* turns
      assert.deepStrictEqual([most, (yield* handle.status)._tag], [1, last === "stop" ? "Stopped" : "Running"])
    }))

  it.effect("from inside: a service stops another, restarts itself, and removes itself", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const self = Effect.orDie(governor.get("self"))
      const run = Effect.gen(function*() {
        const { run } = yield* ServiceRun
        const handle = yield* self
        if (run === 1) {
          yield* Effect.flatMap(Effect.orDie(governor.get("other")), ({ stop }) => stop)
          return yield* handle.restart
        }
        return yield* handle.remove
      })
      yield* governor.add(Service.make("other", Effect.never))
      yield* governor.add(Service.make("self", run))
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(lines.slice(2).filter((line) => !line.startsWith("Ready")), [
        "Starting other#1",
        "Starting self#1",
        "Stopping other#1",
        "Interrupted other#1",
        "Stopped other#1",
        "Stopping self#1",
        "Interrupted self#1",
        "Starting self#2",
        "Stopping self#2",
        "Interrupted self#2",
        "Stopped self#2",
        "Removed self#2"
      ])
    }))
})

describe("a restart whose run is abandoned, and settles in the same turn", () => {
  it.effect("fails with RunAbandoned, as if that run settled later", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ stopTimeout: 100 })
      yield* TestClock.adjust(0)
      const handle = yield* governor.add(Service.make("a", Effect.never, { onStop: Effect.never }))
      yield* Effect.andThen(governor.start, turns)
      const restart = yield* Effect.forkChild(Effect.flip(handle.restart))
      yield* Effect.andThen(turns, pass(100))
      assert.strictEqual((yield* Fiber.join(restart))._tag, "RunAbandoned")
      assert.strictEqual((yield* handle.status)._tag, "Failed")
    }))
})
