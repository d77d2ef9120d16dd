import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { InvalidOption } from "../src/GovernorError.ts"
import { Governor, RestartPolicy, Service } from "../src/index.ts"
import { durationMillis, show } from "../src/internal/input/GovernorOption.ts"
import { Governor as Facade, Probe, StopService } from "../src/promise/index.ts"

/** Bad input as JavaScript can give it. */
// oxlint-disable-next-line typescript/no-explicit-any -- that is what the tests are about
const bad = (value: unknown): any => value

const probe = (options: object): Service.Options["liveness"] => bad({ check: Effect.void, every: 1, ...options })

const refusal = (task: () => unknown): InvalidOption => {
  try {
    task()
  } catch (error) {
    if (error instanceof InvalidOption) return error
    throw error
  }
  throw new Error("nothing was refused")
}

describe("bad input to the core (rule 17)", () => {
  const inGovernor: ReadonlyArray<[string, unknown, string]> = [
    ["not an object", 5, "options"],
    ["null", null, "options"],
    ["an unknown key", { stopTimout: 5 }, "stopTimout"],
    ["an empty name", { name: "" }, "name"],
    ["a name of blanks", { name: "  " }, "name"],
    ["a name that is none", { name: 5 }, "name"],
    ["a policy that is none", { restart: 5 }, "restart"],
    ["a policy of no kind", { restart: { _tag: "Sometimes", delay: 1, limits: {} } }, "restart"],
    ["a negative delay", { restart: RestartPolicy.spaced(-1) }, "restart"],
    ["a delay of NaN", { restart: RestartPolicy.spaced(NaN) }, "restart"],
    ["an infinite delay", { restart: RestartPolicy.spaced(Infinity) }, "restart"],
    ["an infinite delay as text", { restart: RestartPolicy.spaced("Infinity") }, "restart"],
    ["a delay that is no duration", { restart: RestartPolicy.spaced(bad("soon")) }, "restart"],
    ["a delay of null", { restart: RestartPolicy.spaced(bad(null)) }, "restart"],
    ["a delay of NaN seconds", { restart: RestartPolicy.spaced({ seconds: NaN }) }, "restart"],
    ["a delay without a unit", { restart: RestartPolicy.spaced({}) }, "restart"],
    ["a delay with an unknown unit", { restart: RestartPolicy.spaced(bad({ second: 1 })) }, "restart"],
    ["a delay of NaN minutes and a second", { restart: RestartPolicy.spaced({ minutes: NaN, seconds: 1 }) }, "restart"],
    ["a delay as a pair with NaN", { restart: RestartPolicy.spaced([1, NaN]) }, "restart"],
    ["a delay of a negative bigint", { restart: RestartPolicy.spaced(-1n) }, "restart"],
    ["limits that are none", { restart: RestartPolicy.spaced(1, bad(5)) }, "restart"],
    ["an unknown limit", { restart: RestartPolicy.spaced(1, bad({ max: 1 })) }, "max"],
    ["half a restart", { restart: RestartPolicy.spaced(1, { maxRestarts: 0.5 }) }, "maxRestarts"],
    ["fewer than no restarts", { restart: RestartPolicy.spaced(1, { maxRestarts: -1 }) }, "maxRestarts"],
    ["a window of zero", { restart: RestartPolicy.spaced(1, { maxRestarts: 1, within: 0 }) }, "within"],
    ["a while that is none", { restart: RestartPolicy.spaced(1, { while: bad(true) }) }, "while"],
    ["a window of NaN", { restart: RestartPolicy.spaced(1, { within: NaN }) }, "within"],
    ["a negative resetAfter", { restart: RestartPolicy.spaced(1, { resetAfter: -1 }) }, "resetAfter"],
    ["a negative stopTimeout", { stopTimeout: -1 }, "stopTimeout"],
    ["a shutdownTimeout of NaN", { shutdownTimeout: NaN }, "shutdownTimeout"]
  ]
  it.effect.each(inGovernor)("a governor with %s", ([, options, field]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Governor.make(bad(options)))
      assert.instanceOf(error, InvalidOption)
      assert.strictEqual(error.field, field)
      assert.match(error.message, /expected .+, got .+/)
    }))

  const inService: ReadonlyArray<[string, unknown, string]> = [
    ["nothing", undefined, "name"],
    ["no name", Service.make("", Effect.void), "name"],
    ["a name that is a path", Service.make("a/b", Effect.void), "name"],
    ["a name that is none", Service.make(bad(undefined), Effect.void), "name"],
    ["no effect", Service.make("a", bad(() => {})), "run"],
    ["an unknown option", Service.make("a", Effect.void, bad({ restarts: 1 })), "restarts"],
    ["options of null", Service.make("a", Effect.void, bad(null)), "options"],
    ["a bad readiness", Service.make("a", Effect.void, { readiness: bad("soon") }), "readiness"],
    ["a readiness of null", Service.make("a", Effect.void, { readiness: bad(null) }), "readiness"],
    ["no object as a probe", Service.make("a", Effect.void, { liveness: bad(true) }), "liveness"],
    ["an unknown option of a probe", Service.make("a", Effect.void, { liveness: probe({ period: 1 }) }), "period"],
    ["no check", Service.make("a", Effect.void, { readiness: probe({ check: undefined }) }), "readiness.check"],
    ["no period", Service.make("a", Effect.void, { readiness: probe({ every: undefined }) }), "readiness.every"],
    ["an endless period", Service.make("a", Effect.void, { liveness: probe({ every: "Infinity" }) }), "liveness.every"],
    [
      "no period at the start",
      Service.make("a", Effect.void, { readiness: probe({ startEvery: 0 }) }),
      "readiness.startEvery"
    ],
    ["a period of 0", Service.make("a", Effect.void, { liveness: probe({ every: 0 }) }), "liveness.every"],
    ["a check without time", Service.make("a", Effect.void, { liveness: probe({ timeout: 0 }) }), "liveness.timeout"],
    ["no failures", Service.make("a", Effect.void, { liveness: probe({ failures: 0 }) }), "liveness.failures"],
    [
      "a part of a success",
      Service.make("a", Effect.void, { readiness: probe({ successes: 0.5 }) }),
      "readiness.successes"
    ],
    ["a restart of null", Service.make("a", Effect.void, { restart: bad(null) }), "restart"],
    ["a bad restart", Service.make("a", Effect.void, { restart: RestartPolicy.spaced(-1) }), "restart"],
    ["a bad stopTimeout", Service.make("a", Effect.void, { stopTimeout: bad("never") }), "stopTimeout"]
  ]
  it.effect.each(inService)("a service with %s", ([, service, field]) =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const error = yield* Effect.flip(governor.add<never, never>(bad(service)))
      assert.strictEqual(error._tag === "InvalidOption" && error.field, field)
      if (field !== "name") assert.strictEqual(error.service, "a")
      assert.deepStrictEqual(yield* governor.status, [])
    }))

  it.effect("a duplicate name, and an unknown one", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      yield* governor.add(Service.make("a", Effect.void))
      const duplicate = yield* Effect.flip(governor.add(Service.make("a", Effect.void)))
      assert.deepStrictEqual([duplicate._tag, duplicate.service], ["DuplicateService", "a"])
      const unknown = yield* Effect.flip(governor.get("b"))
      assert.deepStrictEqual([unknown._tag, unknown.service, unknown.known], ["UnknownService", "b", ["a"]])
      assert.lengthOf(yield* governor.status, 1)
    }))
})

describe("bad input to the promise facade", () => {
  const run = () => {}
  it.each<[string, () => unknown, string]>([
    ["options that are none", () => new Facade(bad(5)), "options"],
    ["an unknown option", () => new Facade(bad({ catchSignals: true })), "catchSignals"],
    ["a log that is none", () => new Facade({ log: bad(console) }), "log"],
    ["a signal that is none", () => new Facade({ signal: bad({}) }), "signal"],
    ["a restart of NaN", () => new Facade({ restart: NaN }), "restart"],
    ["a restart without after", () => new Facade({ restart: bad({ when: "failure" }) }), "restart"],
    ["a stopTimeout of text", () => new Facade({ stopTimeout: bad("later") }), "stopTimeout"],
    ["a negative shutdownTimeout", () => new Facade({ shutdownTimeout: -1 }), "shutdownTimeout"],
    ["restart()", () => new Facade().restart(bad(undefined)), "restart"],
    ["restart() below zero", () => new Facade().restart(-1), "restart"],
    ["restart() with an unknown option", () => new Facade().restart(1, bad({ factor: 2 })), "factor"],
    ["restart() at no time", () => new Facade().restart(1, { when: bad("never") }), "when"],
    ["a backoff without max", () => new Facade().restart(1, { backoff: bad({}) }), "backoff.max"],
    ["a backoff of nothing", () => new Facade().restart(0, { backoff: { max: 1 } }), "restart"],
    ["a shrinking backoff", () => new Facade().restart(1, { backoff: { max: 1, factor: 0.5 } }), "backoff.factor"],
    ["a jitter of text", () => new Facade().restart(1, { backoff: { max: 1, jitter: bad("yes") } }), "backoff.jitter"],
    ["half a restart", () => new Facade().restart(1, { maxRestarts: 0.5 }), "maxRestarts"],
    ["a window of zero", () => new Facade().restart(0, { maxRestarts: 2, within: 0 }), "within"],
    ["an unless that is none", () => new Facade().restart(0, { unless: bad("Error") }), "unless"],
    ["catchSignals with options that are none", () => new Facade().catchSignals(bad(5)), "options"],
    ["catchSignals with an unknown option", () => new Facade().catchSignals(bad({ all: true })), "all"],
    ["no service", () => new Facade().add(bad(undefined)), "service"],
    ["a service that cannot run", () => new Facade().add(bad({ stop: run })), "service"],
    ["a class", () =>
      new Facade().add(bad(
        class Web {
          run() {}
        }
      )), "service"],
    ["a StopService with options that are none", () => new StopService(bad(5)), "StopService"],
    ["a StopService with an unknown option", () => new StopService(bad({ reason: "enough" })), "reason"],
    ["a name and no service", () => new Facade().add("a", bad(undefined)), "service"],
    ["an empty name", () => new Facade().add("", run), "name"],
    ["a name that is a path", () => new Facade().add("a/b", run), "name"],
    ["a name that is a path, later", () => new Facade().add(run).name("a/b"), "name"],
    ["an empty name, later", () => new Facade().add(run).name(""), "name"],
    ["an unknown option of a service", () => new Facade().add(run, bad({ dependson: [] })), "dependson"],
    ["a bad readiness", () => new Facade().add(run, { readiness: bad("soon") }), "readiness"],
    ["a bad period", () => new Facade().add(run, { readiness: { check: run, every: NaN } }), "readiness.every"],
    ["a port of a probe", () => Probe.tcp(0), "port"],
    ["no port of a probe", () => Probe.tcp(bad("http")), "port"],
    ["a URL of a probe", () => Probe.http("localhost:80"), "url"],
    ["no URL of a probe", () => Probe.http(bad(undefined)), "url"],
    ["a bad stopTimeout of a service", () => new Facade().add(run, { stopTimeout: NaN }), "stopTimeout"],
    ["a bad restart of a service", () => new Facade().add("a", run).restart(Infinity), "restart"],
    ["a listener that is none", () => new Facade().onEvent(bad(undefined)), "listener"]
  ])("%s", (_, task, field) => {
    const error = refusal(task)
    expect(error.field).toBe(field)
    expect(error.message).toMatch(/expected .+, got .+/)
  })

  it.each<[unknown, unknown?]>([
    [NaN],
    [1, { factor: 2 }],
    [1, { when: "never" }],
    [1, { maxRestarts: 0.5 }],
    [1, { within: "0 millis" }],
    [1, { unless: true }],
    [0, { backoff: { max: 1 } }],
    [1, { backoff: { max: NaN } }],
    [1, { backoff: { max: 1, cap: 2 } }],
    [1, { backoff: { max: 1, factor: 0 } }],
    [1, { backoff: { max: 1, jitter: "yes" } }]
  ])("restart(%j, %j) of a service names it", (after, options) => {
    expect(refusal(() => new Facade().add("a", run).restart(bad(after), bad(options))).service).toBe("a")
  })
})

describe("what was expected", () => {
  const run = () => {}
  it.each<[string, () => unknown]>([
    [
      "a duration such as 1000 (milliseconds), \"500 millis\" or \"1 second\", finite, not negative",
      () => new Facade({ restart: -1 })
    ],
    [
      "a duration such as 1000 (milliseconds), \"500 millis\" or \"1 second\", not negative",
      () => new Facade({ stopTimeout: -1 })
    ],
    ["a duration above 0", () => new Facade().add(run, { heartbeatTimeout: 0 })],
    [
      "\"automatic\" or \"manual\" or \"completed\" or a probe",
      () => new Facade().add(run, { readiness: bad("soon") })
    ],
    ["a duration above 0, finite", () => new Facade().add(run, { liveness: { check: run, every: 0 } })],
    ["a function or an Effect", () => new Facade().add(run, { liveness: { check: bad("ping"), every: 1 } })],
    ["a list of services or of their names", () => new Facade().add(run, { dependsOn: bad("db") })],
    [
      "one of while, maxRestarts, within, resetAfter",
      () => RestartPolicy.check(RestartPolicy.spaced(1, bad({ max: 1 })))
    ]
  ])("%s", (expected, task) => {
    expect(refusal(task).expected).toBe(expected)
  })
})

describe("durations", () => {
  it.each<[Duration.Input, number]>([
    [0, 0],
    [1000, 1000],
    [5n, 0.000005],
    ["1 second", 1000],
    ["60 days", 5_184_000_000],
    [2 ** 40, 2 ** 40],
    [[1, 500_000_000], 1500],
    [{ weeks: 1, days: 1, hours: 1 }, 694_800_000],
    [{ minutes: 1, seconds: 1 }, 61_000],
    [{ milliseconds: 1, microseconds: 2, nanoseconds: 3 }, 1.002003],
    [Duration.seconds(2), 2000]
  ])("%s", (input, millis) => {
    expect(durationMillis("field", input)).toBe(millis)
  })
})

describe("show", () => {
  it("is short and never throws", () => {
    const circular: Record<string, unknown> = {}
    circular["self"] = circular
    const values = ["a", 5n, Symbol("s"), () => {}, null, undefined, Duration.seconds(1), { a: 1 }, circular, {
      a: "x".repeat(1e6)
    }]
    expect(values.map((value) => show(value).slice(0, 30))).toEqual([
      `"a"`,
      "5n",
      "Symbol(s)",
      "function ",
      "null",
      "undefined",
      "1000 millis",
      `{"a":1}`,
      "an unprintable object",
      `{"a":"${"x".repeat(24)}`
    ])
    expect(show({ a: "x".repeat(1e6) }).length).toBe(200)
    expect(show({ toJSON: () => undefined })).toBe("an object")
  })
})
