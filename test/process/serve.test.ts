/** Effects as the work of threads and of processes of Node, with real ones. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { CurrentLogAnnotations, CurrentLogSpans, MinimumLogLevel } from "effect/References"
import { describe, expect, it } from "vitest"
import { Governor, RestartPolicy } from "../../src/index.ts"
import { forked, ServiceProcess, type ThreadOptions, worker } from "../../src/process/index.ts"
import { governed } from "./governed.ts"

const fileOf = (name: string) => new URL(`../fixtures/threads/${name}.ts`, import.meta.url)

const kinds = [["a thread", worker, ServiceProcess.worker], [
  "a process of Node",
  forked,
  ServiceProcess.forked
]] as const

describe.each(kinds)("an effect in %s", (_, made, service) => {
  const work = (how: string, options: Pick<ThreadOptions, "readiness"> = {}) =>
    made(fileOf("effects"), { data: { how }, ...options })

  it("may be the whole work", async () => {
    const { governor, lines } = governed()
    governor.add("whole", made(fileOf("effect"))).start()
    expect((await governor.waitForShutdown()).ok).toBe(true)
    expect(lines("info")).toContain("hello from whole")
  })

  describe("its log", () => {
    it("is that of the service, with the levels, and with what was thrown", async () => {
      const { governor, log } = governed()
      governor.add("told", work("told")).start()
      expect((await governor.waitForShutdown()).ok).toBe(true)
      const own = log.filter(({ message }) => /^(told 1 0.*|debug|trace|warn|error|fatal)$/.test(message))
      expect(own.map(({ level, message, run, service }) => [level, message, service, run])).toEqual([
        ["info", "told 1 0 { a: 1 } 7", "told", 1],
        ["debug", "debug", "told", 1],
        ["warn", "warn", "told", 1],
        ["error", "error", "told", 1],
        ["error", "fatal", "told", 1]
      ])
      expect(own[3]!.error).toMatchObject({ name: "Odd", message: "no", stack: expect.stringMatching(/effects\.ts/) })
    })

    it("has the annotations and the spans, and only the levels that are heard", async () => {
      const said: Array<readonly [message: unknown, level: string, annotations: object, spans: ReadonlyArray<string>]> =
        []
      const logger = Logger.make(({ fiber, logLevel, message }) => {
        const spans = fiber.getRef(CurrentLogSpans).map(([label]) => label)
        said.push([(message as ReadonlyArray<unknown>)[0], logLevel, fiber.getRef(CurrentLogAnnotations), spans])
      })
      const run = (how: string) =>
        Governor.launch(Governor.service(service("one", fileOf("effects"), { data: { how } }))).pipe(
          Effect.provide(Logger.layer([logger])),
          Effect.annotateLogs("of", "all")
        )
      await Effect.runPromise(run("marked"))
      const annotations = { text: "x", number: 1, is: true, object: "{ a: 1 }", symbol: "Symbol(s)" }
      expect(said.filter(([message]) => message === "marked")).toEqual([
        ["marked", "Info", { of: "all", service: "one", run: 1, ...annotations }, ["span"]]
      ])
      await Effect.runPromise(Effect.provideService(run("told"), MinimumLogLevel, "Trace"))
      expect(said.map(([message]) => message)).toContain("trace")
      said.length = 0
      await Effect.runPromise(Effect.provide(run("told"), Layer.succeed(MinimumLogLevel, "Error")))
      expect(said.map(([message]) => message)).toEqual(["error", "fatal"])
    })
  })

  describe("its failures", () => {
    const odd = { name: "Odd", message: "no", stack: expect.stringMatching(/effects\.ts[^]*RangeError: too far/) }

    it.each([
      ["a failure", "fails", odd],
      ["a defect", "dies", odd],
      ["data", "fails with data", { name: "Error", message: "a value was thrown: {\"_tag\":\"Empty\"}" }],
      [
        "several failures",
        "fails twice",
        {
          name: "AggregateError",
          message: "no; and RangeError: too far",
          stack: expect.stringMatching(/\[error 1\]: Odd: no[^]*effects\.ts[^]*\[error 2\]: RangeError: too far/)
        }
      ],
      ["an interruption of its own", "interrupts itself", { message: expect.stringMatching(/interrupted/) }],
      ["a failure of what it has forked", "forks badly", { name: "Odd", message: "forked" }]
    ])("are told: %s", async (_, how, cause) => {
      const { governor, lines } = governed()
      governor.add("broken", work(how)).start()
      const { services: [broken] } = await governor.waitForShutdown()
      expect(broken).toMatchObject({ outcome: "Failed", cause })
      expect(lines("info").at(-1)).toBe("deferred")
    })
  })

  it("has crashed at once, whatever its scope has to close", async () => {
    const { governor, ready, tags } = governed()
    governor.add("stuck", work("fails, and does not close"), { restart: 0, stopTimeout: "300 millis" }).start()
    await ready(2)
    const told = ["Added", "Starting", "Ready", "Unready", "Crashed", "RestartScheduled", "Starting", "Ready"]
    expect(tags("stuck")).toEqual(told)
  })

  it.each([
    ["fails", ["Odd: no"]],
    ["dies", []],
    ["interrupts itself", []],
    ["fails twice", []],
    ["fails, and closes badly", ["Odd: no"]]
  ])("asks its policy about failures, and not about defects: one that %s", async (how, asked) => {
    const errors: Array<string> = []
    const restart = RestartPolicy.onFailure<Error>(0, {
      maxRestarts: 1,
      while: (error) => errors.push(String(error)) > 3
    })
    const one = service("one", fileOf("effects"), { data: { how }, restart })
    await Effect.runPromiseExit(Governor.launch(Governor.service(one)))
    expect(errors).toEqual(asked)
  })

  it("logs each of several errors as an effect of the program does", async () => {
    const causes: Array<Cause.Cause<unknown>> = []
    const logger = Logger.make(({ cause }) => void (cause.reasons.length > 0 && causes.push(cause)))
    const one = service("one", fileOf("effects"), { data: { how: "fails twice" } })
    await Effect.runPromiseExit(Effect.provide(Governor.launch(Governor.service(one)), Logger.layer([logger])))
    expect(causes[0]!.reasons).toHaveLength(2)
    expect(Cause.pretty(causes[0]!)).toMatch(/Odd: no\n[^]*effects\.ts[^]*RangeError: too far\n[^]*effects\.ts/)
  })

  describe("its end", () => {
    it.each(["completes", "forks well"])("comes when its scope is closed: one that %s", async (how) => {
      const { governor, lines, tags } = governed()
      governor.add("one", work(how)).start()
      expect((await governor.waitForShutdown()).ok).toBe(true)
      expect(lines("info").filter((line) => /closed|deferred/.test(line))).toEqual(["closed", "deferred"])
      expect(tags("one")).toEqual(["Added", "Starting", "Ready", "Completed", "Stopped"])
    })

    it.each(["stops", "stops in a child", "stops in a child at once", "stops for good"])(
      "ends its service for good: one that %s",
      async (how) => {
        const { governor, lines, tags } = governed()
        governor.add("finite", work(how), { restart: 0 }).start()
        expect((await governor.waitForShutdown()).ok).toBe(true)
        expect(tags("finite")).toEqual(["Added", "Starting", "Ready", "Completed", "Stopped"])
        if (how !== "stops for good") expect(lines("info")).toContain("closed")
      }
    )

    it.each([["stops badly", "not closed"], ["gives up", "enough"]])(
      "fails for good: one that %s",
      async (how, message) => {
        const { governor, tags } = governed()
        governor.add("hopeless", work(how), { restart: 0 }).start()
        const { services: [hopeless] } = await governor.waitForShutdown()
        expect(hopeless).toMatchObject({ outcome: "Failed", cause: { name: "Odd", message } })
        expect(tags("hopeless")).not.toContain("RestartScheduled")
      }
    )

    it("lets its policy decide after a StopService that says so", async () => {
      const { governor, ready, tags } = governed()
      governor.add("again", work("stops for now"), { restart: 0 }).start()
      await ready(2)
      expect(tags("again").slice(0, 5)).toEqual(["Added", "Starting", "Ready", "Completed", "RestartScheduled"])
    })
  })

  describe("its stop", () => {
    it("interrupts it, and waits for its finalizers", async () => {
      const { governor, lines, logged } = governed()
      governor.add("one", work("waits")).start()
      await logged("begun")
      const { ok, services } = await governor.shutdown()
      expect({ ok, services }).toMatchObject({ ok: true, services: [{ outcome: "Stopped" }] })
      expect(services[0]!.cause).toBeUndefined()
      expect(lines("info").filter((line) => line.endsWith("ed"))).toEqual(["opened", "closed", "deferred"])
    })

    it("comes before it: it does not begin", async () => {
      const { governor, lines, logged } = governed()
      governor.add("one", work("comes late")).start()
      await logged("begun")
      expect((await governor.shutdown()).ok).toBe(true)
      expect(lines("info").filter((line) => line === "run" || line === "deferred")).toEqual(["deferred"])
    })

    it("tells what its finalizers have failed with", async () => {
      const { governor, logged } = governed()
      governor.add("one", work("waits badly")).start()
      await logged("begun")
      const { services: [one] } = await governor.shutdown()
      expect(one!.cause).toMatchObject({ name: "Odd", message: "not closed" })
    })

    it("is known to an effect that cannot be interrupted", async () => {
      const { governor, lines, logged } = governed()
      governor.add("one", work("awaits its stop")).start()
      await logged("begun")
      expect((await governor.shutdown()).ok).toBe(true)
      expect(lines("info")).toContain("asked")
    })

    it("terminates it when its time is over", async () => {
      const { governor, logged } = governed()
      governor.add("deaf", work("deaf"), { stopTimeout: "100 millis" }).start()
      await logged("begun")
      await governor.get("deaf").stop()
      expect(governor.get("deaf").status()).toMatchObject({ _tag: "Failed", cause: { name: "RunKilled" } })
    })
  })

  it("is ready when it says so", async () => {
    const { governor, tags } = governed()
    governor.add("slow", work("ready later", { readiness: "manual" })).start()
    expect(await governor.get("slow").whenReady()).toBe(true)
    expect(tags("slow")).toEqual(["Added", "Starting", "Unready", "Ready"])
  })

  it("is found when it blocks its event loop", async () => {
    const { events, governor, ready } = governed()
    governor.add("blocked", work("blocks"), { heartbeatTimeout: "1 second", restart: 0 }).start()
    await ready(2)
    expect(events.find(({ _tag }) => _tag === "ServiceCrashed")).toMatchObject({ cause: { name: "RunTimedOut" } })
  })
})
