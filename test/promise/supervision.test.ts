import { describe, expect, it, onTestFinished } from "vitest"
import {
  DependencyFailed,
  Governor,
  type GovernorEvent,
  type GovernorOptions,
  InvalidOption,
  ProbeFailed,
  type ServiceAPI,
  ServiceInUse
} from "../../src/promise/index.ts"
import { TestGovernor } from "../../src/testing/index.ts"
import { aborted } from "../aborted.ts"

const make = (options: GovernorOptions = {}) => {
  const events: Array<GovernorEvent> = []
  const governor = new Governor({ log: () => {}, ...options })
  governor.onEvent((event) => events.push(event))
  onTestFinished(() => governor.shutdown().then(() => {}))
  const named = (tag: GovernorEvent["_tag"]) =>
    events.flatMap((event) => event._tag === tag && "service" in event ? [event.service] : [])
  return { governor, events, named }
}

const idle = (api: ServiceAPI) => aborted(api)

describe("dependencies (rules 12, 17, 19)", () => {
  it("a bound service stops while its dependency is away, and the status says for whom it waits", async () => {
    await using test = new TestGovernor({ restart: "1 second" })
    const database = test.probe("database")
    test.probe("worker", { bindsTo: ["database"] })
    test.probe("api", { dependsOn: ["database"] })
    const reasons: Array<string> = []
    test.onEvent((event) => {
      if (event._tag === "ServiceStopping") reasons.push(`${event.service} ${event.reason}`)
    })
    test.start()
    database.crash(new Error("refused"))
    await test.advance(0)
    expect(reasons).toEqual(["worker dependency"])
    expect(test.get("worker").status()).toMatchObject({ _tag: "Waiting", waitingFor: ["database"], restarts: 0 })
    expect(test.get("api").status()).toMatchObject({ _tag: "Running", run: 1 })
    expect(test.get("database").status()).toMatchObject({
      crashes: 1,
      lastFailure: { run: 1, cause: { name: "Error", message: "refused" } }
    })
    await test.advance("1 second")
    expect(test.get("worker").status()).toMatchObject({ _tag: "Running", run: 2, restarts: 0 })
    const { lastFailure } = test.get("database").status()
    expect(lastFailure?.cause.message).toBe("refused")
    expect(JSON.parse(JSON.stringify(lastFailure))).toMatchObject({ run: 1, cause: { message: "refused" } })
    test.add("bad", idle, { bindsTo: ["nobody"] })
    expect(() => test.start()).toThrow(/bindsTo of service "bad"/)
  })

  it("starts dependencies first and stops them last", async () => {
    const { governor, named } = make()
    let migrated = false
    governor.add("api", (api) => {
      expect(migrated).toBe(true)
      return idle(api)
    }, { dependsOn: ["migration", "db"] })
    governor.add("db", async (api) => {
      await api.sleep("5 millis")
      api.ready()
      await idle(api)
    }, { readiness: "manual" })
    governor.add("migration", async ({ sleep }) => {
      await sleep("5 millis")
      migrated = true
    }, { dependsOn: ["db"], readiness: "completed" })
    governor.start()
    await governor.whenReady()
    expect(named("ServiceStarting")).toEqual(["db", "migration", "api"])
    expect((await governor.shutdown()).ok).toBe(true)
    expect(named("ServiceStopped")).toEqual(["migration", "api", "db"])
  })

  it("one that hangs leaves a moment to those it depends on", async () => {
    const governor = new TestGovernor({ shutdownTimeout: "50 millis" })
    let isClosed = false
    governor.add("db", async ({ sleep }) => {
      await sleep("Infinity")
      await Promise.resolve()
      isClosed = true
    })
    governor.probe("api", { dependsOn: ["db"] }).hang()
    governor.start()
    const report = governor.shutdown()
    await governor.advance("50 millis")
    const { services } = await report
    expect([isClosed, services.map(({ outcome }) => outcome)]).toEqual([true, ["Stopped", "Abandoned"]])
  })

  it("what has to be completed is not run again, though all others are", async () => {
    await using governor = new TestGovernor({ restart: "1 second" })
    const migration = governor.probe("migration", { readiness: "completed" })
    let apis = 0
    governor.add("api", () => void apis++, { dependsOn: ["migration"] })
    governor.start()
    migration.complete()
    await governor.advance("4 seconds")
    expect([apis, migration.runs, governor.get("migration").status()._tag]).toEqual([5, 1, "Stopped"])
  })

  it("starts what was refused once what it depends on is there, and what was looked at before", async () => {
    const { governor, named } = make()
    const api = governor.add("api", () => {}, { dependsOn: ["db"] })
    expect(() => api.start()).toThrow(InvalidOption)
    governor.add("db", idle, { dependsOn: ["disk"] })
    governor.status()
    const disk = governor.add("disk", idle)
    api.start()
    await governor.whenReady()
    expect(named("ServiceStarting")).toEqual(["disk", "db", "api"])
    api.start() // it has completed
    await governor.get("disk").stop()
    disk.start()
    await governor.get("api").remove()
    api.start()
    const never = governor.add("never", () => {})
    expect(governor.status().at(-1)).toMatchObject({ name: "never", _tag: "Pending" })
    await governor.shutdown()
    never.start()
    expect(named("ServiceStarting")).toEqual(["disk", "db", "api"])
  })

  it("throws for an unknown dependency and a circle, and starts nothing", () => {
    const { governor, named } = make()
    governor.add("other", idle)
    governor.add("api", idle, { dependsOn: ["db"] })
    expect(() => governor.start()).toThrow(InvalidOption)
    governor.add("db", idle, { dependsOn: ["api"] })
    expect(() => governor.start()).toThrow("\"api\" → \"db\" → \"api\"")
    expect(named("ServiceStarting")).toEqual([])
    // @ts-expect-error: a list
    expect(() => governor.add("x", idle, { dependsOn: "db" })).toThrow("dependsOn of service \"x\"")
  })

  it("one that is started by its own takes with it what it depends on, and nothing else", async () => {
    class Database {
      run = idle
    }
    const { governor, named } = make()
    governor.add(new Database())
    governor.add("cache", idle, { dependsOn: ["Database"] })
    governor.add("other", idle)
    governor.add("api", idle, { dependsOn: ["cache"] }).start()
    await governor.whenReady()
    expect(named("ServiceStarting")).toEqual(["Database", "cache", "api"])
    expect(() => governor.add("lost", idle, { dependsOn: ["nobody"] }).start()).toThrow(InvalidOption)
  })

  it("those that wait for what failed have failed, too", async () => {
    const { governor } = make()
    governor.add("db", () => Promise.reject(new Error("no connection")), { readiness: "manual" })
    governor.add("api", idle, { dependsOn: ["db"] })
    governor.start()
    const { ok, services } = await governor.waitForShutdown()
    expect([ok, services.map(({ cause, outcome }) => [outcome, cause?.message])]).toEqual([false, [
      ["Failed", "no connection"],
      ["Failed", "service \"api\" was not started: its dependency \"db\" failed"]
    ]])
    expect(services[1]?.cause?.error).toBeInstanceOf(DependencyFailed)
    expect(services[1]?.cause?.stack).toContain("no connection")
  })

  it("what others depend on cannot be removed", async () => {
    const { governor } = make()
    governor.add("db", idle)
    governor.add("api", idle, { dependsOn: ["db"] })
    governor.start()
    await expect(governor.get("db").remove()).rejects.toBeInstanceOf(ServiceInUse)
    await governor.get("api").remove()
    await governor.get("db").remove()
    expect(governor.status()).toEqual([])
  })

  it("when a significant one is over, so is the governor", async () => {
    const { governor } = make()
    governor.add("clock", idle)
    governor.add("import", async ({ sleep }) => void (await sleep("5 millis")), { significant: true })
    governor.start()
    expect((await governor.waitForShutdown()).reason).toEqual({ _tag: "Significant", service: "import" })
  })
})

describe("strategies (rule 20)", () => {
  it("a restart takes others with it", async () => {
    await using governor = new TestGovernor({ strategy: "rest-for-one", restart: "5 seconds" })
    const [first, second, third] = ["first", "second", "third"].map((name) => governor.probe(name))
    governor.start()
    second!.crash(new Error("lost"))
    await governor.advance("5 seconds")
    expect([first, second, third].map((probe) => probe!.log)).toEqual([
      ["begin"],
      ["begin", "begin"],
      ["begin", "interrupted", "begin"]
    ])
    expect(governor.events.find(({ _tag }) => _tag === "ServiceStopping")).toMatchObject({
      service: "third",
      reason: "strategy"
    })
    expect(governor.steps.filter((step) => step.startsWith("Starting"))).toEqual([
      "Starting first#1",
      "Starting second#1",
      "Starting third#1",
      "Starting second#2",
      "Starting third#2"
    ])
  })

  it("asks the group to stop before it can crash of what a defer closes", async () => {
    await using governor = new TestGovernor({ strategy: "dependents", restart: "5 seconds" })
    let close = (_error: Error) => {}
    let fail = (_error: Error) => {}
    governor.add("db", (api) => {
      const { defer } = api
      if (api.run === 2) return idle(api)
      defer(() => close(new Error("the pool is closed")))
      defer(() => new Promise<void>((resolve) => setImmediate(resolve)))
      return new Promise<never>((_resolve, reject) => (fail = reject))
    })
    governor.add("api", ({ context }) =>
      new Promise<never>((_resolve, reject) => {
        close = reject
        context.addEventListener("abort", () => reject(context.reason))
      }), { dependsOn: ["db"], restart: { after: 0, maxRestarts: 0 } })
    governor.start()
    await governor.advance(0)
    fail(new Error("lost"))
    await governor.advance("5 seconds")
    expect(governor.events.map(({ _tag }) => _tag)).not.toContain("RestartLimitExceeded")
    expect(governor.status().map(({ _tag, run }) => `${_tag} ${run}`)).toEqual(["Running 2", "Running 2"])
  })

  it("refuses one that is none", () => {
    // @ts-expect-error: one of four
    expect(() => new Governor({ strategy: "one_for_all" })).toThrow("strategy: expected \"one-for-one\"")
  })
})

describe("hangs (rules 19, 24)", () => {
  it("a run that gives no heartbeat, or is not ready in time, has crashed; one that never ends is abandoned", async () => {
    const governor = new TestGovernor()
    governor.add("alive", async ({ heartbeat, sleep }) => {
      while (!(await sleep("9 seconds"))) heartbeat()
    }, { heartbeatTimeout: "10 seconds" })
    governor.add("deaf", () => new Promise<void>(() => {}), { heartbeatTimeout: "20 seconds" })
    governor.add("slow", async ({ sleep }) => void (await sleep("Infinity")), {
      readiness: "manual",
      startTimeout: "20 seconds"
    })
    governor.start()
    await governor.advance("1 minute")
    const { services } = await governor.shutdown()
    expect(services.map(({ cause, outcome }) => [outcome, cause?.name])).toEqual([
      ["Stopped", undefined],
      ["Abandoned", "RunAbandoned"],
      ["Failed", "RunTimedOut"]
    ])
    expect(governor.events.find(({ _tag }) => _tag === "ServiceUnready")).toMatchObject({
      service: "deaf",
      cause: { name: "RunTimedOut" }
    })
  })
})

describe("a governor inside a governor (rule 23)", () => {
  const ingest = (configure: (governor: Governor) => void, options?: GovernorOptions) =>
    Governor.asService(configure, options)

  it("is ready when its services are, and one report tells of the whole tree", async () => {
    const { governor, named } = make({ shutdownTimeout: "10 seconds" })
    let isReady = false
    const shard = ingest((inner) => {
      inner.add("writer", async (api) => {
        await api.sleep(5)
        isReady = true
        api.ready()
        await idle(api)
      }, { readiness: "manual" })
    })
    governor.add(
      "ingest",
      ingest((inner) => {
        inner.add("reader", idle)
        inner.add("shard", shard)
      }),
      { readiness: undefined }
    )
    governor.add("api", idle, { dependsOn: ["ingest"] })
    governor.start()
    await governor.whenReady()
    expect([isReady, named("ServiceReady")]).toEqual([true, ["ingest", "api"]])
    const { ok, services } = await governor.shutdown()
    expect([ok, services.map(({ name }) => name)]).toEqual([
      true,
      ["ingest", "ingest/reader", "ingest/shard", "ingest/shard/writer", "api"]
    ])
  })

  it("is ready at once if that is asked for", async () => {
    const { governor } = make()
    const late = ingest((inner) => void inner.add("late", idle, { readiness: "manual" }))
    governor.add("ingest", late, { readiness: "automatic" })
    governor.start()
    await governor.whenReady()
    expect(governor.status()[0]).toMatchObject({ name: "ingest", _tag: "Running" })
    await governor.shutdown()
  })

  it("its failure is a crash of it, which names it, and its log is that of the governor around it", async () => {
    const log: Array<string> = []
    const { governor } = make({
      log: ({ level, message, service }) => void log.push(`${level} ${service}: ${message}`)
    })
    governor.add(
      "ingest",
      ingest((inner) => {
        inner.add("reader", () => Promise.reject(new Error("lost")), { significant: true })
        inner.add("other", idle)
      })
    ).restart(1, { maxRestarts: 1 })
    governor.start()
    const { services } = await governor.waitForShutdown()
    expect(services.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      "ingest Failed",
      "ingest/reader Failed",
      "ingest/other Stopped"
    ])
    expect(services[0]?.cause?.stack).toContain("its service \"reader\" failed")
    expect(log.filter((line) => line === "error ingest/reader: crashed")).toHaveLength(2)
    expect(log.filter((line) => line.startsWith("error ingest: crashed: governor \"ingest\" failed"))).toHaveLength(2)
  })

  it("says whose its own lines are", async () => {
    const log: Array<string> = []
    const { governor } = make({
      log: ({ message, run, service }) => void log.push(`${service} ${run}: ${message.replace(/ in .*/, "")}`)
    })
    governor.add(
      "ingest",
      ingest((inner) => void inner.add("shard", ingest((inner) => void inner.add("reader", idle))))
    )
    governor.start()
    await governor.whenReady()
    expect(log).toEqual(["ingest/shard/reader 1: ready", "ingest/shard 1: ready", "ingest 1: ready"])
    log.length = 0
    await governor.shutdown("enough")
    expect(log).toEqual([
      "undefined undefined: shutting down: enough",
      "ingest 1: shutting down: the run of service \"ingest\" around the governor was asked to end",
      "ingest/shard 1: shutting down: the run of service \"shard\" around the governor was asked to end",
      "ingest/shard 1: shut down",
      "ingest 1: shut down",
      "undefined undefined: shut down"
    ])
  })

  it("who hangs inside is named in time", async () => {
    const governor = new TestGovernor({ shutdownTimeout: "10 seconds" })
    governor.add("ingest", ingest((inner) => void inner.add("deaf", () => new Promise<void>(() => {}))))
    governor.start()
    await governor.whenReady()
    const report = governor.shutdown()
    await governor.advance("10 seconds")
    const { services } = await report
    expect(services.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      "ingest Stopped",
      "ingest/deaf Abandoned"
    ])
  })

  it("makes no second copy of what it had to leave behind", async () => {
    const test = new TestGovernor()
    let copies = 0
    const tree = Governor.asService((inner) => {
      inner.add("deaf", () => new Promise<void>(() => copies++), { stopTimeout: "1 second" })
      inner.add("connection", async ({ sleep }) => {
        await sleep("100 millis")
        throw new Error("lost")
      }, { significant: true })
    })
    test.add("tree", tree, { restart: "1 second" })
    test.start()
    await test.advance("1 minute")
    expect([copies, test.get("tree").status()]).toMatchObject([1, { _tag: "Failed", cause: { name: "RunAbandoned" } }])
    await expect(test.get("tree").restart()).rejects.toThrow(
      "run 1 of service \"tree/deaf\" did not end within 1 s"
    )
  })

  it("its configuration may take a promise; a rejection is a crash of it", async () => {
    const { governor } = make()
    governor.add(
      "later",
      Governor.asService(async (inner) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        inner.add("reader", () => {})
      })
    )
    governor.add("rejects", Governor.asService(() => Promise.reject(new Error("no configuration"))))
    governor.start()
    const { services } = await governor.waitForShutdown()
    expect(services.map(({ cause, name, outcome }) => `${name} ${outcome} ${cause?.message}`)).toEqual([
      "later Stopped undefined",
      "later/reader Stopped undefined",
      "rejects Failed no configuration"
    ])
  })

  it("what is wrong with its configuration is a crash of it, or refused at once", async () => {
    const { governor } = make()
    governor.add("unknown", ingest((inner) => void inner.add("api", idle, { dependsOn: ["db"] })))
    governor.add(
      "throws",
      ingest(() => {
        throw new Error("no configuration")
      })
    )
    governor.start()
    const { services } = await governor.waitForShutdown()
    expect(services.map(({ cause }) => cause?.name)).toEqual(["InvalidOption", "Error"])
    expect(() => Governor.asService(() => {}, { stopTimeout: 1, log: 2 as never })).toThrow("log: expected a function")
    expect(() => Governor.asService(undefined as never)).toThrow("configure: expected a function")
  })
})

describe("probes (rules 19, 24)", () => {
  it("are checked in virtual time, by functions", async () => {
    const test = new TestGovernor()
    let [isOpen, isWell] = [false, true]
    const run = async ({ sleep }: ServiceAPI) => void await sleep("Infinity")
    test.add("a", run, {
      readiness: { check: async () => isOpen, every: "1 second" },
      liveness: {
        check: ({ signal }) => isWell || new Promise((_, reject) => signal.addEventListener("abort", reject)),
        every: "10 seconds",
        timeout: "2 seconds",
        failures: 2
      },
      restart: "1 minute"
    })
    test.start()
    const tag = () => test.status()[0]?._tag
    const start = test.whenReady({ timeout: "4 seconds" })
    await test.advance("4 seconds")
    expect((await start).services).toEqual([
      { name: "a", ready: false, reason: "its readiness probe failed: the check returned false" }
    ])
    isOpen = true
    await test.advance("1 second")
    expect(tag()).toBe("Running")
    isOpen = false
    await test.advance("3 seconds")
    expect(tag()).toBe("Starting")
    isOpen = true
    await test.advance("1 second")
    expect(tag()).toBe("Running")
    isWell = false
    await test.advance("17999 millis")
    expect(tag()).toBe("Running")
    await test.advance("1 milli")
    expect(tag()).toBe("Backoff")
    const failed = test.events.flatMap((event) =>
      event._tag === "ServiceCrashed" && event.cause.error instanceof ProbeFailed ? [event.cause.error] : []
    )
    expect(failed.map(({ failures, probe }) => [probe, failures])).toEqual([["liveness", 2]])
    await test.shutdown()
  })
})

describe("unready (rule 19)", () => {
  it("is said and taken back by the run, and works when it is destructured", async () => {
    const test = new TestGovernor()
    test.add("a", async ({ ready, sleep, unready }) => {
      await sleep("1 second")
      unready("no disk")
      await sleep("1 second")
      unready(new Error("not a text") as never)
      await sleep("1 second")
      ready()
      await sleep("Infinity")
    })
    test.start()
    const reasons: Array<unknown> = []
    for (let i = 0; i < 4; i++) {
      const [status] = test.status()
      reasons.push(status?._tag === "Starting" ? JSON.parse(JSON.stringify(status)).reason : status?._tag)
      await test.advance("1 second")
    }
    expect(reasons).toEqual(["Running", "no disk", "{}", "Running"])
    expect(test.events.filter(({ _tag }) => _tag === "ServiceCrashed")).toEqual([])
    await test.shutdown()
  })
})
