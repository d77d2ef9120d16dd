import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"
import { Governor as Core } from "../../src/index.ts"
import { catchSignals } from "../../src/node/catchSignals.ts"
import { Hub } from "../../src/node/Hub.ts"
import { CurrentHub } from "../../src/node/process.ts"
import { Governor } from "../../src/promise/Governor.ts"
import { type GovernorOptions, inside } from "../../src/promise/GovernorOptions.ts"
import { SimulatedSystem } from "./SimulatedSystem.ts"

const make = () => {
  const system = new SimulatedSystem()
  const context = Context.make(CurrentHub, new Hub(system))
  const lines: Array<string> = []
  const governor = (options: GovernorOptions = {}) =>
    new Governor({ log: ({ message }) => void lines.push(message), ...options, [inside]: context })
  return { system, lines, governor }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe("governors in a process", () => {
  it("one whose services were over is shut down if a service begins after the signal", async () => {
    const { governor, system } = make()
    const over = governor().catchSignals()
    over.add("job", () => {}).start()
    await over.waitForShutdown()
    const other = governor().catchSignals()
    other.add("waits", ({ sleep }) => sleep("Infinity").then(() => {})).start()
    system.signal("SIGTERM")
    await other.waitForShutdown()
    expect(over.context.aborted).toBe(false)
    over.add("late", ({ sleep }) => sleep("Infinity").then(() => {})).start()
    expect((await over.waitForShutdown()).reason).toEqual({ _tag: "Signal", signal: "SIGTERM" })
  })

  it("a report without the service that had failed takes the exit code back", async () => {
    const { governor, system } = make()
    const one = governor().catchSignals()
    one.add("fails", () => {
      throw new Error("boom")
    }).start()
    await one.waitForShutdown()
    expect(system.exitCode).toBe(1)
    await one.get("fails").remove()
    expect((await one.shutdown()).ok).toBe(true)
    expect(system.exitCode).toBe(undefined)
  })

  it.each(["alone", "in a governor inside", "two levels down"])(
    "an abandoned run makes the exit code 1 until it has settled: %s",
    async (where) => {
      const { governor, system } = make()
      governor().catchSignals()
      let settle = () => {}
      const promise = new Promise<void>((resolve) => {
        settle = resolve
      })
      const hung = (owner: Governor) => void owner.add("hung", () => promise)
      const outer = governor({ shutdownTimeout: 10 })
      if (where === "alone") hung(outer)
      else {
        const inner = Governor.asService(hung)
        outer.add("inner", where === "two levels down" ? Governor.asService((it) => void it.add("deep", inner)) : inner)
      }
      outer.start()
      await outer.whenReady()
      expect((await outer.shutdown()).ok).toBe(false)
      expect(system.listening()).toContain("exit")
      settle()
      while (system.listening().includes("exit")) await turn()
      system.exit()
      expect(system.exits).toEqual([0])
    }
  )

  it("an abandoned run of an effect inside of another governor makes the exit code 1 until it has settled", async () => {
    const { system } = make()
    const gate = Deferred.makeUnsafe<void>()
    const hung = Core.service("hung", Effect.uninterruptible(Deferred.await(gate)))
    const inner = Core.asService("inner", hung, { shutdownTimeout: 10 })
    const deep = Core.asService("deep", Core.service(inner), { shutdownTimeout: 100 })
    const report = await Effect.runPromise(
      Effect.gen(function*() {
        const outer = yield* Core.make()
        yield* catchSignals(outer)
        yield* outer.add(deep)
        yield* outer.start
        yield* outer.awaitReady
        return yield* outer.shutdown
      }).pipe(
        Scope.provide(Scope.makeUnsafe()),
        Effect.provideService(CurrentHub, new Hub(system)),
        Effect.provide(Logger.layer([]))
      )
    )
    expect(report.ok).toBe(false)
    expect(system.listening()).toContain("exit")
    Deferred.doneUnsafe(gate, Effect.void)
    while (system.listening().includes("exit")) await turn()
  })
})
