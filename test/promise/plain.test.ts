import * as Cause from "effect/Cause"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import type { GovernorEvent as CoreEvent } from "../../src/GovernorEvent.ts"
import { Governor, type GovernorEvent } from "../../src/promise/index.ts"
import { fromCause, fromEvent, fromReport, fromStatus } from "../../src/promise/plain.ts"
import type { ServiceStatus as CoreStatus } from "../../src/ServiceStatus.ts"
import type { ServiceReport, ShutdownReason, ShutdownReport as CoreReport } from "../../src/ShutdownReport.ts"
import { hostile } from "../hostile.ts"

/** Converts whatever it finds, key by key: slow, and without knowledge of what facts are. */
const recursively = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Cause.isCause(value)) return fromCause(value)
  if (Array.isArray(value)) return value.map(recursively)
  return Object.fromEntries(Object.keys(value).map((key) => [key, recursively(Reflect.get(value, key))]))
}

const text = fc.constantFrom("a", "inner/b", "", "__proto__", "ü\"\n")
const number = fc.nat(1e6)
const errors: ReadonlyArray<unknown> = [
  new Error("boom", { cause: new TypeError("inside") }),
  new AggregateError([new Error("one"), "two"]),
  "text",
  undefined,
  { message: "no error" },
  Object.freeze(new RangeError("frozen")),
  hostile
]
const reasons = errors.flatMap((error) => [Cause.makeFailReason(error), Cause.makeDieReason(error)])
const cause = fc.array(fc.nat(reasons.length - 1), { minLength: 1, maxLength: 3 }).map((chosen) =>
  Cause.fromReasons<unknown>(chosen.map((i) => reasons[i]!))
)

/** What there is to say, beside the tag, in each kind of a fact. */
type Kinds<Fact extends { readonly _tag: string }> = {
  readonly [Tag in Fact["_tag"]]: fc.Arbitrary<Omit<Extract<Fact, { readonly _tag: Tag }>, "_tag">>
}

const oneOf = <Fact extends { readonly _tag: string }>(kinds: Kinds<Fact>): fc.Arbitrary<Fact> =>
  fc.oneof(
    ...Object.entries<fc.Arbitrary<object>>(kinds).map(([_tag, rest]) =>
      rest.map((fields) => Object.assign({ _tag }, fields) as unknown as Fact)
    )
  )

const ofStatus = { name: text, run: number, restarts: number, crashes: number, since: number }
const past = fc.record({
  restartsByHand: number,
  startedAt: number,
  readyAt: number,
  lastFailure: fc.record({ run: number, at: number, cause })
}, { requiredKeys: [] })
const stopped = { ...ofStatus, outcome: fc.constantFrom("Completed", "Stopped") }
const statusAlone = fc.record(ofStatus)
const statusOfRun = oneOf<CoreStatus>({
  Pending: statusAlone,
  Waiting: fc.record({ ...ofStatus, waitingFor: fc.array(text) }),
  Starting: statusAlone,
  Running: statusAlone,
  Backoff: fc.oneof(fc.record({ ...ofStatus, until: number }), fc.record({ ...ofStatus, until: number, cause })),
  Stopping: fc.record({ ...ofStatus, reason: fc.constantFrom("stop", "strategy") }),
  Stopped: fc.oneof(fc.record(stopped), fc.record({ ...stopped, cause })),
  Failed: fc.record({ ...ofStatus, cause })
})
const status: fc.Arbitrary<CoreStatus> = fc.tuple(statusOfRun, past).map(([status, past]) =>
  Object.assign({}, status, past)
)

const nothing = fc.constant({})
const shutdownReason = oneOf<ShutdownReason>({
  Requested: fc.oneof(nothing, fc.record({ message: text })),
  Signal: fc.record({ signal: text }),
  Uncaught: fc.record({ cause }),
  Aborted: fc.record({ cause }),
  ScopeClosed: nothing,
  Significant: fc.oneof(fc.record({ service: text }), fc.record({ service: text, cause })),
  AllOver: nothing
})

const ofReport = { name: text, outcome: fc.constantFrom("Stopped", "Failed", "Abandoned"), duration: number }
const serviceReport: fc.Arbitrary<ServiceReport> = fc.oneof(fc.record(ofReport), fc.record({ ...ofReport, cause }))
const report: fc.Arbitrary<CoreReport> = fc.record({
  ok: fc.boolean(),
  reason: shutdownReason,
  duration: number,
  services: fc.array(serviceReport, { maxLength: 4 })
})

const ofEvent = { service: text, run: number, time: number, sequence: number }
const eventAlone = fc.record(ofEvent)
const withCause = fc.record({ ...ofEvent, cause })
const ofGovernor = { time: number, sequence: number }
const reason = shutdownReason
const [started, ended] = [{ ...ofGovernor, reason }, { ...ofGovernor, report }]
const event = oneOf<CoreEvent>({
  ServiceAdded: eventAlone,
  ServiceRemoved: eventAlone,
  ServiceStarting: fc.record({ ...ofEvent, restarts: number }),
  ServiceWaiting: fc.record({ ...ofEvent, waitingFor: fc.array(text) }),
  ServiceReady: eventAlone,
  ServiceUnready: withCause,
  ServiceCompleted: eventAlone,
  ServiceCrashed: withCause,
  ServiceInterrupted: fc.oneof(eventAlone, withCause),
  RestartScheduled: fc.oneof(fc.record({ ...ofEvent, delay: number }), fc.record({ ...ofEvent, delay: number, cause })),
  RestartLimitExceeded: withCause,
  ServiceStopping: fc.record({ ...ofEvent, reason: fc.constantFrom("restart", "shutdown") }),
  ServiceStopped: fc.oneof(eventAlone, withCause),
  ServiceFailed: withCause,
  ServiceAbandoned: withCause,
  LateFailure: withCause,
  ShutdownStarted: fc.oneof(fc.record(started), fc.record({ ...started, governor: text })),
  ShutdownCompleted: fc.oneof(fc.record(ended), fc.record({ ...ended, governor: text })),
  EventsDropped: fc.record({ count: number, time: number, sequence: number })
})

/** What was thrown, which an object has beside what one sees of it. */
const errorsIn = (value: unknown): ReadonlyArray<unknown> => {
  if (typeof value !== "object" || value === null) return []
  if (Object.getOwnPropertyDescriptor(value, "error")?.enumerable === false) return [Reflect.get(value, "error")]
  return Object.values(value).flatMap(errorsIn)
}

const agrees = <A>(facts: fc.Arbitrary<A>, convert: (fact: A) => unknown) =>
  fc.assert(fc.property(facts, (fact) => {
    const [actual, expected] = [convert(fact), recursively(fact)]
    assert.deepStrictEqual(actual, expected)
    assert.strictEqual(JSON.stringify(actual), JSON.stringify(expected))
    const [mine, theirs] = [errorsIn(actual), errorsIn(expected)]
    assert.isTrue(mine.length === theirs.length && mine.every((error, i) => Object.is(error, theirs[i])))
    assert.notStrictEqual(actual, fact)
  }))

describe("facts as plain objects", () => {
  it("are of a status what it says, with its cause as it was thrown", () => agrees(status, fromStatus))
  it("are of a report what it says", () => agrees(report, fromReport))
  it("are of an event what it says", () => agrees(event, (one) => fromEvent(one)))

  it("are the same object for all who listen to an event", async () => {
    const governor = new Governor({ log: () => {} })
    const heard: Array<GovernorEvent> = []
    const heardToo: Array<GovernorEvent> = []
    governor.onEvent((event) => heard.push(event))
    governor.onEvent((event) => heardToo.push(event))
    governor.add("a", () => Promise.reject(new Error("no")))
    governor.start()
    const report = await governor.shutdown()
    assert.isAbove(heard.length, 4)
    assert.isTrue(heard.every((event, i) => event === heardToo[i]))
    assert.strictEqual(new Set(heard).size, heard.length)
    const last = heard.at(-1)
    assert.isTrue(last?._tag === "ShutdownCompleted" && last.report === report)
  })
})

describe("status()", () => {
  const names = ["a", "b", "c"]
  const up = async () => {
    const governor = new Governor({ log: () => {} })
    for (const name of names) governor.add(name, async ({ sleep }) => void await sleep("Infinity"))
    governor.start()
    await governor.whenReady()
    return governor
  }
  const namesOf = (governor: Governor) => governor.status().map(({ name }) => name)

  it("gives the same object for a service as long as its status is the same", async () => {
    await using governor = await up()
    const before = governor.status()
    const handle = governor.get("b")
    await handle.restart()
    const after = governor.status()
    assert.deepStrictEqual(after.map((status, i) => status === before[i]), [true, false, true])
    assert.deepStrictEqual(after[1], handle.status())
    assert.deepStrictEqual([before[1]?.run, after[1]?.run], [1, 2])
  })

  it("is right whoever has gone, come, or put an older list in another order", async () => {
    await using governor = await up()
    const list: Array<unknown> = governor.status() as []
    list.reverse()
    assert.deepStrictEqual(namesOf(governor), names)
    await governor.get("a").remove()
    assert.deepStrictEqual(namesOf(governor), ["b", "c"])
    governor.add("d", () => {})
    assert.deepStrictEqual(namesOf(governor), ["b", "c", "d"])
    assert.deepStrictEqual(governor.status(), ["b", "c", "d"].map((name) => governor.get(name).status()))
  })
})
