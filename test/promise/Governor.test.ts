import fc from "fast-check"
import { getEventListeners } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import { inspect } from "node:util"
import { runInNewContext } from "node:vm"
import { describe, expect, expectTypeOf, it, onTestFinished } from "vitest"
import {
  DuplicateService,
  Governor,
  type GovernorEvent,
  type GovernorOptions,
  InvalidOption,
  type LogEntry,
  type Service,
  type ServiceAPI,
  type ServiceHandle,
  type Stoppable,
  StopService,
  UnknownService
} from "../../src/promise/index.ts"
import { TestGovernor } from "../../src/testing/index.ts"
import { aborted } from "../aborted.ts"

/** A governor whose log and events are written down, and which is shut down after the test. */
const make = (options: GovernorOptions = {}) => {
  const log: Array<LogEntry> = []
  const events: Array<GovernorEvent> = []
  const governor = new Governor({ log: (entry) => log.push(entry), ...options })
  governor.onEvent((event) => events.push(event))
  onTestFinished(() => governor.shutdown().then(() => {}))
  return { governor, log, events }
}

/** Resolves with the next event of this kind. */
const next = <Tag extends GovernorEvent["_tag"]>(
  governor: Governor,
  tag: Tag,
  when: (event: GovernorEvent) => boolean
) =>
  new Promise<Extract<GovernorEvent, { readonly _tag: Tag }>>((resolve) => {
    const forget = governor.onEvent((event) => {
      if (event._tag !== tag || !when(event)) return
      forget()
      resolve(event as Extract<GovernorEvent, { readonly _tag: Tag }>)
    })
  })

class Ticker implements Service, Stoppable {
  stopped = 0
  run(api: ServiceAPI) {
    return aborted(api)
  }
  stop() {
    this.stopped++
  }
}

describe("the README's interface", () => {
  it("adds, names, configures, starts, restarts and shuts down", async () => {
    const { events, governor } = make()
    const one = new Ticker()
    governor.restart("1 millis")
    governor.add(one).name("service-one")
    governor.add("three-two", () => {}).noRestart()
    governor.add("crashing", () => Promise.reject(new Error("boom")))
    governor.add("own policy", () => {}).restart("1 hour")
    const restarted = next(governor, "ServiceStarting", (event) => "run" in event && event.run === 3)
    governor.start()
    expect((await restarted).service).toBe("crashing")
    const report = await governor.shutdown("done")
    expect(one.stopped).toBe(1)
    expect(report.reason).toEqual({ _tag: "Requested", message: "done" })
    expect(report.services.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      "service-one Stopped",
      "three-two Stopped",
      "crashing Stopped",
      "own policy Stopped"
    ])
    expect(events.at(-1)?._tag).toBe("ShutdownCompleted")
    expect(await governor.waitForShutdown()).toBe(report)
    expect(await governor.shutdown("again")).toBe(report)
  })

  it("starts a single service at once, and takes no configuration after that", async () => {
    const { governor } = make()
    const config = governor.add("a", aborted)
    config.start()
    config.start()
    expect(governor.status().map((status) => status._tag)).toEqual(["Running"])
    expect(() => config.name("b")).toThrow(InvalidOption)
    expect(() => config.restart(1)).toThrow(
      "restart of service \"a\": expected a call before the service is started, or read by status() or get(), " +
        "got the later call restart(1)"
    )
    expect(() => config.noRestart()).toThrow(InvalidOption)
    const seen = governor.add("b", aborted)
    governor.status()
    expect(() => seen.noRestart(), "looked at, it is handed over").toThrow(InvalidOption)
    expect(governor.get("b").status()._tag).toBe("Pending")
  })

  it("names services after their constructor or function, with a number if that is taken (rule 18)", () => {
    const { governor } = make()
    function poller() {}
    governor.add(new Ticker())
    governor.add(new Ticker())
    governor.add(poller)
    governor.add({ run() {} })
    governor.add(() => {})
    governor.add(aborted).name("Ticker-2")
    governor.add({ create: () => new Ticker() })
    expect(governor.status().map(({ name }) => name)).toEqual([
      "Ticker",
      "Ticker-3",
      "poller",
      "service",
      "service-2",
      "Ticker-2",
      "service-3"
    ])
  })

  it("takes a function that is frozen, and refuses a class that is", () => {
    const { governor } = make()
    function poller() {}
    class Poller extends Ticker {}
    governor.add(Object.freeze(poller))
    expect(governor.status().map(({ name }) => name)).toEqual(["poller"])
    expect(() => governor.add(Object.freeze(Poller) as never)).toThrow("the class Poller: use { create")
  })

  it("names the service whose option is unknown", () => {
    const { governor } = make()
    const options = { stopTimeOut: 5 } as never
    expect(() => governor.add("web", () => {}, options)).toThrow("stopTimeOut of service \"web\"")
    expect(() => governor.add(() => {}, { name: "api", stopTimeOut: 5 } as never)).toThrow("of service \"api\"")
  })

  it("refuses an object whose run() cannot be read", () => {
    const { governor } = make()
    const broken = {
      get run(): () => void {
        throw new Error("not yet")
      }
    }
    expect(() => governor.add("broken", broken)).toThrow(InvalidOption)
    expect(() => governor.add("broken", broken)).toThrow("\"broken\"")
    expect(governor.status()).toEqual([])
  })

  it("takes no name from a constructor or function that has none to be read", () => {
    const { governor } = make()
    for (const name of [undefined, "", " ", 5, () => "a method"]) {
      governor.add(Object.defineProperty(() => {}, "name", { value: name }))
      governor.add(Object.defineProperty({ run() {} }, "constructor", { value: { name } }))
    }
    expect(new Set(governor.status().map(({ name }) => name.replace(/-\d+$/, "")))).toEqual(new Set(["service"]))
  })

  it("refuses a name that is taken, and loses nothing", async () => {
    const { governor } = make()
    governor.add("a", aborted).start()
    const config = governor.add("b", aborted)
    expect(() => governor.add("a", aborted)).toThrow(DuplicateService)
    expect(() => governor.add("b", aborted)).toThrow(DuplicateService)
    expect(() => config.name("a")).toThrow(DuplicateService)
    config.name("b").name("c")
    governor.add("b", aborted)
    expect(governor.status().map(({ name }) => name)).toEqual(["a", "c", "b"])
    await governor.get("b").remove()
    governor.add("b", aborted)
    expect(() => governor.get("nobody")).toThrow(UnknownService)
    expect(governor.status().map(({ name }) => name)).toEqual(["a", "c", "b"])
  })

  it("ends a run from anywhere by StopService", async () => {
    const { governor } = make({ restart: 0 })
    let runs = 0
    const deep = () => {
      throw new StopService({ restart: ++runs < 3 })
    }
    governor.add("a", async () => deep())
    governor.start()
    const report = await governor.waitForShutdown()
    expect([runs, report.ok, report.reason._tag]).toEqual([3, true, "AllOver"])
  })

  it("waits for nothing when nothing was started, and says so", async () => {
    const { governor, log } = make()
    await governor.waitForShutdown()
    expect(log).toEqual([])
    governor.add(aborted)
    expect((await governor.waitForShutdown()).services).toEqual([])
    expect(log.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "warn waitForShutdown() does not wait, because no service was started (added: 1): call start() first"
    ])
    governor.add("started", () => {}).start()
    await governor.waitForShutdown()
    expect(log.filter(({ level }) => level === "warn")).toHaveLength(1)
  })

  it("gives up with the error of the latest run", async () => {
    const { governor } = make()
    governor.add("a", () => Promise.reject(new Error("db is down"))).restart(0, { maxRestarts: 1 })
    governor.start()
    const [service] = (await governor.waitForShutdown()).services
    expect(service?.cause?.message).toBe(`service "a" needed 2 restarts, but its maxRestarts is 1`)
    expect(service?.cause?.stack).toContain("[cause]: Error: db is down")
  })

  it("shuts down at the end of its scope", async () => {
    const ticker = new Ticker()
    {
      await using governor = new Governor({ log: () => {} })
      governor.add(ticker)
      governor.start()
    }
    expect(ticker.stopped).toBe(1)
  })

  it("is inert after the shutdown began, with a warning (rule 14)", async () => {
    const { governor, log } = make()
    let runs = 0
    const count = () => void runs++
    governor.add("pending", count)
    await governor.shutdown()
    const config = governor.add("late", count).restart(1).noRestart().name("later")
    config.start()
    governor.start()
    expect(runs).toBe(0)
    expect(log.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      `service "late" was not added: the governor is shutting down`,
      `service "pending" was not started: the governor is shutting down`
    ])
  })
})

describe("what the design adds", () => {
  it("aborts its context when the shutdown begins, before any service is stopped", async () => {
    const { governor } = make()
    const order: Array<string> = []
    governor.context.addEventListener("abort", () => order.push("governor"))
    governor.add("a", async (api) => {
      await aborted(api)
      order.push("service")
    })
    governor.start()
    await governor.shutdown()
    expect(order).toEqual(["governor", "service"])
    expect(governor.context.reason.name).toBe("AbortError")
  })

  it("obeys a signal in the shape of an AbortSignal, as those of jsdom are", async () => {
    const signal = Object.assign(new EventTarget(), { aborted: false, reason: undefined })
    const { governor } = make({ signal: signal as unknown as AbortSignal })
    governor.add("a", aborted)
    governor.start()
    Object.assign(signal, { aborted: true, reason: new Error("the window is closed") })
    signal.dispatchEvent(new Event("abort"))
    expect((await governor.waitForShutdown()).reason).toMatchObject({ cause: { message: "the window is closed" } })
  })

  it("obeys an AbortSignal, and lets go of it", async () => {
    const controller = new AbortController()
    const { governor } = make({ signal: controller.signal })
    governor.add("a", aborted)
    governor.start()
    controller.abort(new Error("the parent is gone"))
    const report = await governor.waitForShutdown()
    expect(report.reason).toMatchObject({ _tag: "Aborted", cause: { message: "the parent is gone" } })
    const { governor: never } = make({ signal: controller.signal })
    never.start()
    expect((await never.waitForShutdown()).reason._tag).toBe("Aborted")
    const { signal } = new AbortController()
    const { governor: other } = make({ signal })
    expect(getEventListeners(signal, "abort")).toHaveLength(1)
    await other.shutdown()
    expect(getEventListeners(signal, "abort")).toEqual([])
  })

  it("listens to an AbortSignal only until all is over, and again when something is active", async () => {
    const controller = new AbortController()
    const listeners = () => getEventListeners(controller.signal, "abort").length
    const { governor } = make({ signal: controller.signal })
    governor.add("job", (api) => api.run === 1 ? undefined : aborted(api))
    governor.start()
    await governor.waitForShutdown()
    expect(listeners()).toBe(0)
    await governor.get("job").start()
    expect(listeners()).toBe(1)
    controller.abort()
    expect(governor.context.aborted).toBe(true)
  })

  it("heeds an AbortSignal that was aborted while all was over", async () => {
    const controller = new AbortController()
    const { events, governor } = make({ signal: controller.signal })
    governor.add("job", () => {})
    governor.start()
    controller.abort(new Error("enough"))
    expect(events.some(({ _tag }) => _tag === "ShutdownStarted")).toBe(false)
    await expect(governor.get("job").start()).rejects.toThrow("the governor is shutting down")
    governor.add("late", () => {}).start()
    expect((await governor.shutdown("later")).reason).toMatchObject({ _tag: "Aborted", cause: { message: "enough" } })
    expect(events.filter(({ _tag }) => _tag === "ServiceStarting")).toHaveLength(1)
  })

  it("whenReady waits for those that say so themselves", async () => {
    const { governor } = make()
    let ready = () => {}
    governor.add("slow", (api) => {
      ;({ ready } = api)
      return aborted(api)
    }, { readiness: "manual" })
    governor.add("failing", () => Promise.reject(new Error("boom")))
    governor.start()
    let isReady = false
    const waiting = governor.whenReady().then(() => {
      isReady = true
    })
    await sleep(0)
    expect(isReady).toBe(false)
    ready()
    await waiting
    expect(governor.status().map(({ _tag }) => _tag)).toEqual(["Running", "Failed"])
  })

  it("handles start, stop, restart and remove", async () => {
    const { governor } = make()
    governor.add("a", aborted)
    const handle = governor.get("a")
    expectTypeOf(handle).toEqualTypeOf<ServiceHandle>()
    await handle.start()
    expect(handle.status()).toMatchObject({ _tag: "Running", name: "a", run: 1, restarts: 0 })
    await handle.restart()
    expect(handle.status().run).toBe(2)
    await handle.stop()
    expect(handle.status()._tag).toBe("Stopped")
    await handle.remove()
    await expect(handle.start()).rejects.toThrow(UnknownService)
  })

  it("gives JSON-safe facts, with the thrown value beside them", async () => {
    const { events, governor } = make()
    const error = new TypeError("boom")
    governor.add("a", () => Promise.reject(error))
    governor.start()
    const report = await governor.waitForShutdown()
    const crash = events.find((event) => event._tag === "ServiceCrashed")!
    expect(crash.cause.error).toBe(error)
    expect(Object.keys(crash.cause)).toEqual(["name", "message", "stack"])
    const [status] = governor.status()
    for (const fact of [crash, status, report]) expect(JSON.parse(JSON.stringify(fact))).toEqual(fact)
    expect(JSON.stringify(report)).toContain(`"cause":{"name":"TypeError","message":"boom"`)
  })

  it.each([[{ code: 5 }, `{"code":5}`], [null, "null"], [undefined, "undefined"], ["text", "text"]])(
    "says of %j that was thrown what it is",
    async (error, message) => {
      const { governor } = make()
      governor.add("a", () => Promise.reject(error))
      governor.start()
      expect((await governor.waitForShutdown()).services[0]?.cause?.message).toBe(message)
    }
  )

  it("tells of all errors where there are several", async () => {
    const { governor, log } = make()
    const stopping = new TypeError("stop")
    governor.add("a", {
      async run(api: ServiceAPI) {
        await aborted(api)
        throw new Error("run")
      },
      stop: () => Promise.reject(stopping)
    })
    governor.start()
    const [service] = (await governor.shutdown()).services
    expect(service?.cause?.message.split("; and ").toSorted()).toEqual(["Error: run", "stop"])
    expect(service?.cause?.error).toBe(stopping)
    expect(log.find(({ level }) => level === "error")?.error?.stack).toMatch(/TypeError: stop\n[^]+\nand Error: run\n/)
  })

  it("logs every line as an entry, a cause once with its stack", async () => {
    const { governor, log } = make({ restart: { after: 1, maxRestarts: 1 } })
    governor.add("a", ({ log }) => {
      log("%s and %j", "text", { a: 1 })
      throw new Error("boom")
    })
    governor.start()
    await governor.waitForShutdown()
    expect(log.map(({ level, message, run, service }) => [level, service, run, message])).toEqual([
      ["info", "a", 1, `text and {"a":1}`],
      ["error", "a", 1, "crashed"],
      ["info", "a", 1, "restarting in 1 ms"],
      ["info", "a", 2, `text and {"a":1}`],
      ["error", "a", 2, "crashed"],
      ["error", "a", 2, `restarted too often: service "a" needed 2 restarts, but its maxRestarts is 1`],
      ["error", "a", 2, "failed, and will not be restarted"]
    ])
    expect(log[1]?.error?.stack).toContain("Governor.test.ts")
    expect(log.map(({ error }) => error !== undefined)).toEqual([false, true, false, false, true, false, false])
  })

  it("makes an entry's error when it is looked at: a stack costs more than all the rest of a crash", async () => {
    let reads = 0
    const error = Object.defineProperty(new Error("boom"), "stack", { get: () => `stack ${++reads}` })
    const crash = await new Promise<LogEntry>((resolve) => {
      const log = (line: LogEntry) => line.level === "error" && resolve(line)
      new Governor({ log }).add("a", () => Promise.reject(error)).start()
    })
    expect(reads).toBe(0)
    expect({ ...crash }).toEqual({
      level: "error",
      message: "crashed",
      service: "a",
      run: 1,
      time: crash.time,
      error: { name: "Error", message: "boom", stack: "stack 1" }
    })
    expect(JSON.parse(JSON.stringify(crash)).error.stack).toBe("stack 1")
    expect(crash.error?.error).toBe(error)
  })

  it("has an entry whose error can be printed, replaced and frozen like any other property", async () => {
    const crash = () =>
      new Promise<{ -readonly [K in keyof LogEntry]: LogEntry[K] }>((resolve) => {
        const log = (line: LogEntry) => line.level === "error" && resolve(line)
        new Governor({ log }).add("a", () => Promise.reject(new Error("boom"))).start()
      })
    expect(inspect(await crash())).toMatch(/error: \{[^]+message: 'boom'/)
    expect(Object.freeze(await crash()).error?.message).toBe("boom")
    const replaced = [await crash(), await crash()]
    expect(replaced[1]?.error?.message).toBe("boom")
    for (const entry of replaced) {
      delete entry.error
      expect(entry).not.toHaveProperty("error")
    }
    const assigned = [await crash(), await crash()]
    expect(assigned[1]?.error?.message).toBe("boom")
    for (const entry of assigned) {
      entry.error = { name: "Error", message: "redacted", stack: "", error: undefined }
      expect(entry.error.message).toBe("redacted")
    }
  })

  it("survives a log function that throws, and listeners that do", async () => {
    const { error } = console
    const printed: Array<unknown> = []
    console.error = (...args) => printed.push(args[0])
    onTestFinished(() => {
      console.error = error
    })
    const { governor } = make({
      log: () => {
        throw new Error("log")
      }
    })
    governor.onEvent(() => {
      throw new Error("listener")
    })
    governor.add("a", () => Promise.reject(new Error("boom")))
    governor.start()
    expect((await governor.waitForShutdown()).ok).toBe(false)
    expect(printed).toEqual(["the log function of a governor threw:"])
    const { governor: asynchronous } = make({ log: () => Promise.reject(new Error("log")) as never })
    await asynchronous.shutdown()
    await sleep(0)
    expect(printed).toHaveLength(2)
    const { governor: elsewhere } = make({ log: () => runInNewContext("Promise.reject(new Error('log'))") })
    await elsewhere.shutdown()
    await sleep(0)
    expect(printed).toHaveLength(3)
  })

  it("survives a console that throws", async () => {
    const methods = { error: console.error, info: console.info }
    onTestFinished(() => void Object.assign(console, methods))
    const refuse = () => {
      throw new Error("nothing may be printed here")
    }
    Object.assign(console, { error: refuse, info: refuse })
    const { events, governor } = make({ log: undefined })
    governor.add("a", () => Promise.reject(new Error("boom")))
    governor.start()
    await governor.waitForShutdown()
    await governor.shutdown()
    expect(events.map(({ _tag }) => _tag).slice(-4)).toEqual([
      "ServiceCrashed",
      "ServiceFailed",
      "ShutdownStarted",
      "ShutdownCompleted"
    ])
  })

  it("backs off exponentially, with a cap and jitter", async () => {
    const governor = new TestGovernor()
    const backoff = { factor: 3, max: "8 seconds" } as const
    governor.add("plain", () => {}).restart("1 second", { backoff, maxRestarts: 4 })
    governor.add("jittered", () => {}).restart("4 seconds", { backoff: { ...backoff, jitter: true }, maxRestarts: 4 })
    for (const name of ["b", "c", "d"]) {
      governor.add(name, () => {}).restart("1 second", { backoff: { ...backoff, jitter: true }, maxRestarts: 4 })
    }
    governor.add("on failure", () => {}).restart("1 second", { when: "failure" })
    governor.start()
    await governor.advance("1 minute")
    await governor.waitForShutdown()
    expect(governor.status()[0]).not.toHaveProperty("cause.error.cause") // it had not failed
    const delays = (name: string) =>
      governor.events.flatMap((event) =>
        event._tag === "RestartScheduled" && event.service === name ? [event.delay] : []
      )
    expect(delays("plain")).toEqual([1000, 3000, 8000, 8000])
    expect(delays("jittered")).toHaveLength(4)
    for (const delay of delays("jittered")) expect(delay).toSatisfy((delay: number) => delay >= 3200 && delay <= 8000)
    expect(new Set(["b", "c", "d"].flatMap((name) => delays(name).slice(0, 2))).size).toBeGreaterThan(2)
    expect(delays("on failure")).toEqual([])
    expect(governor.get("plain").status()).toMatchObject({
      _tag: "Failed",
      cause: { name: "RestartLimitExceeded", message: expect.stringContaining("maxRestarts is 4") }
    })
  })

  it("takes the abort of the governor's own context for what it is", async () => {
    const { governor } = make()
    governor.add("a", () => sleep(1_000_000, undefined, { signal: governor.context }))
    governor.start()
    expect(await governor.shutdown()).toMatchObject({ ok: true })
  })

  it("can be asked anything by a listener that hears of the shutdown", async () => {
    const { governor } = make()
    const seen: Array<unknown> = []
    governor.add("pending", aborted)
    governor.onEvent(({ _tag }) => {
      if (_tag !== "ShutdownStarted") return
      governor.add("late", aborted).start()
      governor.start()
      seen.push(governor.context.aborted, governor.status())
    })
    await governor.shutdown()
    expect(seen).toEqual([true, []])
  })

  it("a removal that is taken back, or comes late, frees no name that is in use", async () => {
    const { governor } = make()
    let release = () => {}
    governor.add("a", {
      run: aborted,
      stop: () =>
        new Promise<void>((resolve) => {
          release = resolve
        })
    }).start()
    const old = governor.get("a")
    const removal = old.remove()
    const start = old.start()
    release()
    await Promise.all([removal, start])
    expect(old.status().run).toBe(2)
    expect(() => governor.add("a", aborted)).toThrow(DuplicateService)
    const gone = old.remove()
    release()
    await gone
    governor.add("a", aborted)
    await old.remove()
    expect(() => governor.add("a", aborted)).toThrow(DuplicateService)
    governor.start()
    await old.remove()
    expect(() => governor.add("a", aborted)).toThrow(DuplicateService)
    expect(governor.status().map(({ _tag, name }) => `${name} ${_tag}`)).toEqual(["a Running"])
  })

  it("tells of a service that is handed over, and the listener may ask for all of them", async () => {
    const { governor, log } = make()
    const seen: Array<number> = []
    governor.onEvent(({ _tag }) => _tag === "ServiceAdded" && seen.push(governor.status().length))
    governor.add("a", () => {})
    governor.add("b", () => {})
    governor.start()
    const { services } = await governor.waitForShutdown()
    expect(services.map(({ name }) => name)).toEqual(["a", "b"])
    expect(seen).toEqual([2, 2])
    expect(log.filter(({ level }) => level !== "info")).toEqual([])
  })

  it("one event in one object for each listener, until it forgets", async () => {
    const { events, governor } = make()
    const forget = governor.onEvent(() => expect.unreachable())
    forget()
    governor.add("a", () => {})
    governor.start()
    await governor.waitForShutdown()
    expect(events.map(({ _tag }) => _tag)).toEqual([
      "ServiceAdded",
      "ServiceStarting",
      "ServiceReady",
      "ServiceCompleted",
      "ServiceStopped"
    ])
  })
})

describe("durations longer than a timer can take (rule 17)", () => {
  it("are waited for, and not cut to nothing", async () => {
    const warnings: Array<string> = []
    const warn = (warning: Error) => void warnings.push(warning.name)
    process.on("warning", warn)
    onTestFinished(() => void process.off("warning", warn))
    const { events, governor } = make({ restart: "60 days", shutdownTimeout: "60 days", stopTimeout: "60 days" })
    let release = () => {}
    governor.add("backs off", () => {})
    governor.add("sleeps", async ({ sleep }) => void (await sleep("60 days")))
    governor.add("takes its time", {
      run: aborted,
      stop: () =>
        new Promise((resolve) => {
          release = resolve
        })
    })
    governor.start()
    // A timer of more than 2^31 - 1 ms fires after 1 ms, and before this one.
    await sleep(10)
    expect(governor.status().map(({ _tag }) => _tag)).toEqual(["Backoff", "Running", "Running"])
    const report = governor.shutdown()
    await sleep(10)
    release()
    expect((await report).services.map(({ outcome }) => outcome)).toEqual(["Stopped", "Stopped", "Stopped"])
    expect(events.some(({ _tag }) => _tag === "ServiceAbandoned")).toBe(false)
    expect(warnings).toEqual([])
  })
})

describe("whatever is thrown (rule 3)", () => {
  const thrower = (what: string) => () => {
    throw new Error(what)
  }
  const hostile: ReadonlyArray<unknown> = [
    Object.freeze(new Error("frozen")),
    new Proxy({}, { get: thrower("get"), has: thrower("has"), ownKeys: thrower("ownKeys") }),
    new Proxy(new Error("e"), { get: thrower("get"), getPrototypeOf: thrower("getPrototypeOf") }),
    Object.defineProperty(new Error("e"), "stack", { get: thrower("stack") }),
    Object.defineProperty(new Error("e"), "cause", { get: thrower("cause") }),
    { toString: thrower("toString"), toJSON: thrower("toJSON") },
    Object.create(null),
    new StopService(),
    Symbol("s"),
    () => {},
    10n,
    new Proxy({}, { has: () => true, get: thrower("get") }),
    Object.defineProperty(new StopService(), "restart", { get: thrower("restart") })
  ]
  // The index, not the value: the generator itself could not hold these.
  const anything = fc.oneof(
    fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }).map((value) => () => value),
    fc.nat(hostile.length - 1).map((i) => () => hostile[i])
  )
  const way = fc.constantFrom("throws", "rejects", "rejects later")

  const isStop = (thrown: () => unknown) => thrown() === hostile[7]

  const fail = (how: string, error: unknown): Promise<void> | void => {
    if (how === "throws") throw error
    return how === "rejects" ? Promise.reject(error) : Promise.resolve().then(() => Promise.reject(error))
  }

  it("nothing escapes a run or a stop hook: each is an event", async () => {
    const escaped: Array<unknown> = []
    const escape = (error: unknown) => void escaped.push(error)
    process.on("unhandledRejection", escape).on("uncaughtException", escape)
    onTestFinished(() => void process.off("unhandledRejection", escape).off("uncaughtException", escape))
    await fc.assert(
      fc.asyncProperty(anything, anything, way, way, async (inRun, inStop, howRun, howStop) => {
        const events: Array<GovernorEvent> = []
        const governor = new Governor({ log: (entry) => JSON.stringify(entry) })
        governor.onEvent((event) => events.push(JSON.parse(JSON.stringify(event))))
        governor.add("runs", () => fail(howRun, inRun()))
        governor.add("stops", { run: aborted, stop: () => fail(howStop, inStop()) })
        governor.add("well", aborted)
        governor.start()
        await sleep(0)
        const report = await governor.shutdown()
        const kinds = events.flatMap((event) => "service" in event && event.service === "runs" ? [event._tag] : [])
        expect(kinds).toContain(isStop(inRun) ? "ServiceCompleted" : "ServiceCrashed")
        const kept = events.find((event) => event._tag === "ServiceInterrupted" && event.service === "stops")
        expect(kept !== undefined && "cause" in kept).toBe(!isStop(inStop))
        expect(report.services.at(-1)).toMatchObject({ name: "well", outcome: "Stopped" })
      }),
      { numRuns: 300 }
    )
    await sleep(0)
    expect(escaped).toEqual([])
  })
})
