/** What a plain TypeScript caller relies on. */
import { describe, expectTypeOf, it } from "vitest"
import {
  Governor,
  type GovernorEvent,
  type LogEntry,
  type Readiness,
  type ServiceAPI,
  type ServiceConfig,
  type ServiceHandle,
  type ServiceInput,
  type ServiceReport,
  type ServiceStatus,
  type ShutdownReport,
  type Snapshot,
  type Thrown
} from "../../src/promise/index.ts"

declare const governor: Governor
declare const status: ServiceStatus
declare const event: GovernorEvent
declare const report: ShutdownReport

class Ticker {
  async run(api: ServiceAPI) {
    expectTypeOf(await api.sleep("1 second")).toEqualTypeOf<boolean>()
  }
}

describe("the facade", () => {
  it("has the README's interface", async () => {
    expectTypeOf(new Governor().catchSignals().restart("1 second")).toEqualTypeOf<Governor>()
    expectTypeOf(governor.add(new Ticker()).name("ticker").restart(1000).noRestart()).toEqualTypeOf<ServiceConfig>()
    expectTypeOf(governor.add("ticker", new Ticker(), { stopTimeout: 5 })).toEqualTypeOf<ServiceConfig>()
    expectTypeOf(governor.start).returns.toEqualTypeOf<void>()
    expectTypeOf(governor.whenReady).returns.toEqualTypeOf<Promise<Readiness>>()
    expectTypeOf((await governor.whenReady()).services[0]!.waitingFor).toEqualTypeOf<
      ReadonlyArray<string> | undefined
    >()
    expectTypeOf(governor.add(new Ticker()).start()).toEqualTypeOf<ServiceHandle>()
    expectTypeOf(governor.get("ticker").whenOver).returns.toEqualTypeOf<Promise<ServiceReport>>()
    expectTypeOf(governor.shutdown).returns.toEqualTypeOf<Promise<ShutdownReport>>()
    expectTypeOf(governor.waitForShutdown).returns.toEqualTypeOf<Promise<ShutdownReport>>()
    expectTypeOf(governor.context).toEqualTypeOf<AbortSignal>()
    expectTypeOf(governor.status()).toEqualTypeOf<ReadonlyArray<ServiceStatus>>()
    expectTypeOf(governor.onEvent).parameters.toEqualTypeOf<
      [(event: GovernorEvent) => void, options?: { readonly tree?: boolean | undefined } | undefined]
    >()
    expectTypeOf(governor.snapshot({ tree: true })).toEqualTypeOf<Snapshot>()
    expectTypeOf(governor.get("ticker")).toEqualTypeOf<ServiceHandle>()
    expectTypeOf(governor).toExtend<AsyncDisposable>()
  })

  it("takes services in three shapes", () => {
    governor.add(async ({ signal }) => void expectTypeOf(signal).toEqualTypeOf<AbortSignal>())
    governor.add({ create: () => new Ticker() })
    governor.add({ run: ({ run }) => void expectTypeOf(run).toEqualTypeOf<number>() })
    // @ts-expect-error: it has no run
    governor.add({ walk: () => {} })
    // @ts-expect-error: create makes an object with run
    governor.add({ create: () => ({}) })
    // @ts-expect-error: a run returns nothing, or a promise of it
    governor.add(() => 5)
    // @ts-expect-error: the class itself is no service
    governor.add(Ticker)
  })

  it("takes a run that returns what it awaits, and a factory that takes its time", () => {
    const services: ReadonlyArray<ServiceInput> = [
      ({ sleep }) => sleep("Infinity"),
      { run: ({ until }) => until(Promise.resolve("text")), stop: () => Promise.resolve(5) },
      ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      { create: () => Promise.resolve(new Ticker()) },
      { create: async () => ({ run: ({ sleep }) => sleep(1) }) }
    ]
    for (const service of services) governor.add("name", service)
    governor.add(({ sleep }) => sleep("Infinity"))
    governor.add("waits", ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())))
    // @ts-expect-error: the promise is not of an object with run
    governor.add({ create: () => Promise.resolve({}) })
  })

  it("gives a run what it waits for", () => {
    governor.add(async ({ defer, log, until }) => {
      expectTypeOf(await until(Promise.resolve(5))).toEqualTypeOf<number>()
      expectTypeOf(log.error).parameters.toEqualTypeOf<[format: unknown, ...args: ReadonlyArray<unknown>]>()
      defer(() => Promise.resolve(5))
      // @ts-expect-error: not a function
      defer(Promise.resolve(5))
    })
  })

  it("is configured before it is started", () => {
    // @ts-expect-error: it is started
    governor.add(new Ticker()).start().name("late")
    // @ts-expect-error: it is started
    governor.start().restart("1 second")
  })

  it("refuses wrong durations and options", () => {
    // @ts-expect-error: no such unit
    governor.restart("1 secnd")
    // @ts-expect-error: a duration is no boolean
    governor.restart(true)
    // @ts-expect-error: a backoff needs its maximum
    governor.restart("1 second", { backoff: {} })
    // @ts-expect-error: no such choice
    governor.restart("1 second", { when: "sometimes" })
    // @ts-expect-error: no such option
    void new Governor({ restarts: 3 })
    // @ts-expect-error: no such option
    governor.add(new Ticker(), { timeout: 3 })
    governor.catchSignals({ signals: ["SIGINT"], again: "never" })
    // @ts-expect-error: no signal that can be caught
    governor.catchSignals({ signals: ["SIGKILL"] })
    void new Governor({ restart: false, log: (entry) => expectTypeOf(entry).toEqualTypeOf<LogEntry>() })
  })

  it("tells facts as plain data, a cause as what was thrown", () => {
    expectTypeOf<Extract<typeof status, { _tag: "Failed" }>["cause"]>().toEqualTypeOf<Thrown>()
    expectTypeOf<Extract<typeof event, { _tag: "RestartScheduled" }>["delay"]>().toEqualTypeOf<number>()
    expectTypeOf<Extract<typeof event, { _tag: "ServiceCrashed" }>["cause"]>().toEqualTypeOf<Thrown>()
    expectTypeOf(report.services[0]!.outcome).toEqualTypeOf<"Stopped" | "Failed" | "Abandoned">()
    // @ts-expect-error: what happened is read-only
    report.ok = true
  })
})
