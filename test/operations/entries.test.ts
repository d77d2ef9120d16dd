/** What is read of files and streams is as it has to be, whatever is in them. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { known } from "../../src/operations/because.ts"
import { longestStart, longestStop } from "../../src/operations/budget.ts"
import { chainOf } from "../../src/operations/chain.ts"
import { entryOf, eventOf } from "../../src/operations/entries.ts"
import { eventInShort } from "../../src/operations/eventInShort.ts"
import { graphOf, toDot, toMermaid } from "../../src/operations/graph.ts"
import { healthOf } from "../../src/operations/health.ts"
import { inShort } from "../../src/operations/inShort.ts"
import { news } from "../../src/operations/news.ts"
import { plan } from "../../src/operations/plan.ts"
import { progressOf } from "../../src/operations/progress.ts"
import { reading } from "../../src/operations/reading.ts"
import { drawn, timelineOf } from "../../src/operations/timeline.ts"
import type { View } from "../../src/operations/View.ts"
import { problems, why } from "../../src/operations/why.ts"

const thrown = { name: "Error", message: "refused", stack: "Error: refused\n    at here" }
const reason = { _tag: "Significant", service: "db", cause: thrown }
const head = { apiVersion: "governor/v1", governor: "shop", epoch: "a1", sequence: 4, now: 100, shutdownTimeout: 9 }
const spec = {
  name: "db",
  dependsOn: ["api/x", "b"],
  bindsTo: ["b"],
  readiness: "probe",
  isProbed: true,
  significant: "failure",
  health: "required",
  restart: { when: "always", delay: 5, maxRestarts: 3, within: 9, resetAfter: 2 },
  strategy: "one-for-all",
  startTimeout: 5,
  heartbeatTimeout: 5,
  stopTimeout: 5
}
const base = { name: "db", run: 3, restarts: 2, crashes: 1, since: 50, startedAt: 40, readyAt: 45 }
const lastFailure = { run: 2, at: 30, cause: thrown }
const states = [
  { _tag: "Pending" },
  { _tag: "Waiting", waitingFor: ["b"] },
  { _tag: "Starting", reason: "no disk" },
  { _tag: "Running", lastFailure },
  { _tag: "Backoff", until: 200, cause: thrown },
  { _tag: "Stopping", reason: "strategy" },
  { _tag: "Stopped", outcome: "Completed", cause: thrown },
  { _tag: "Failed", cause: thrown, restartsByHand: 2 }
]
const report = {
  ok: false,
  reason,
  duration: 30,
  services: [{ name: "db", outcome: "Failed", duration: 3, cause: thrown }]
}
const whatOf: Readonly<Record<string, object>> = {
  ServiceAdded: {},
  ServiceWaiting: { waitingFor: ["b"] },
  ServiceStarting: { restarts: 1, restartsByHand: 1 },
  ServiceReady: {},
  ServiceUnready: { reason: "no disk" },
  ServiceCompleted: {},
  ServiceCrashed: { cause: thrown },
  ServiceInterrupted: { cause: thrown },
  RestartScheduled: { delay: 5, cause: thrown },
  RestartLimitExceeded: { cause: thrown },
  ServiceStopping: { reason: "stop" },
  ServiceStopped: { cause: thrown },
  ServiceFailed: { cause: thrown },
  ServiceAbandoned: { cause: thrown },
  LateFailure: { cause: thrown },
  ServiceRemoved: {},
  ShutdownStarted: { reason, until: 500, drainsUntil: 300 },
  EventsDropped: { count: 3 },
  ShutdownCompleted: { report, governor: undefined }
}
const eventsOf = Object.entries(whatOf).map(([_tag, more], i) => ({
  event: {
    _tag,
    ...(_tag.startsWith("Service") || !("governor" in more || "reason" in more || "count" in more) || "delay" in more
      ? { service: i % 2 === 0 ? "db" : "b", run: 3 }
      : {}),
    time: 60 + i,
    sequence: 5 + i,
    ...more
  }
}))
const line = { id: 1, level: "error", message: "m", service: "db", run: 1, time: 60, error: thrown }

const closing = { reason, since: 50, until: 90, drainsUntil: 60 }
const all: ReadonlyArray<object> = [
  { incident: { ...head, closing } },
  ...states.map((state, i) => ({ status: { ...base, ...state, name: i === 0 ? "db" : `s${i}` } })),
  { status: { ...base, _tag: "Running", name: "s3/inside" } },
  { spec },
  ...eventsOf,
  { line }
]

/** Everything that is shown of a view. */
const look = (view: View): void => {
  const them = known(view)
  void [problems(view), news(view), chainOf(view), progressOf(view), longestStart(view), longestStop(view)]
  const graph = graphOf(view)
  void [toDot(graph), toMermaid(graph), plan(view, { _tag: "Shutdown" }), them]
  for (const [path, status] of view.services) {
    void [why(view, path), inShort(status, view.now), healthOf(status, view.specs.get(path)?.readiness ?? "manual")]
    for (const _tag of ["Stop", "Start", "Restart"] as const) plan(view, { _tag, service: path })
    const timeline = timelineOf({ before: status, events: view.events, path, from: 0, now: view.now })
    for (const { from, to } of drawn(timeline, 2)) expect(to).toBeGreaterThanOrEqual(from)
  }
  for (const event of view.events) expect(typeof eventInShort(event)).toBe("string")
}

const lookAt = (entries: ReadonlyArray<unknown>): void => {
  const { read, take } = reading()
  for (const entry of entries) take(JSON.stringify(entry) ?? "")
  const { recording } = read()!
  for (const view of [recording.view(1000), recording.viewAt(13)]) look(view)
  for (const { time } of recording.events) expect(new Date(time).toISOString()).not.toBe("")
  for (const { time } of recording.lines) expect(new Date(time).toISOString()).not.toBe("")
}

const wrong = [null, undefined, 0, -1, 1.5, 1e300, "", "x", "__proto__", "constructor", true, [], [1], ["a"], {}, {
  _tag: "x"
}]

/** The same with something else at each place, one after the other. */
function* changed(value: unknown): Generator {
  yield* wrong
  if (typeof value !== "object" || value === null) return
  for (const [key, part] of Object.entries(value)) {
    for (const other of changed(part)) {
      yield Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other }
    }
  }
}

describe("an entry", () => {
  it.each(all.map((entry) => [JSON.stringify(entry).slice(0, 60), entry] as const))("is known: %s", (_, entry) => {
    expect(entryOf(entry)).toEqual(entry)
    expect(entryOf({ ...entry, later: 1 })).toEqual(entry)
  })

  it("may have more than is known", () => {
    const event = { ...eventsOf[0]!.event, later: { a: 1 } }
    expect(eventOf(event)).toEqual(event)
  })

  it.each(all.map((entry, i) => [JSON.stringify(entry).slice(0, 60), i] as const))(
    "breaks nothing, whatever is wrong with it: %s",
    (_, i) => {
      for (const other of changed(all[i])) {
        const entries = (all as ReadonlyArray<unknown>).with(i, other)
        if (i === 0 && entryOf(other) === undefined) continue
        lookAt(entries)
      }
    }
  )

  it("breaks nothing, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.json().map((text): unknown => JSON.parse(text)), fc.constantFrom(...all))),
        (entries) => {
          lookAt([{ incident: head }, ...entries])
        }
      ),
      { numRuns: 100 }
    )
  })

  it.each([
    [{ event: { ...eventsOf[8]!.event, delay: null } }, { delay: Infinity }],
    [{ status: { ...base, _tag: "Backoff", until: null } }, { until: Infinity }],
    [{ spec: { ...spec, restart: { when: "always", delay: null } } }, { restart: { when: "always", delay: Infinity } }]
  ])("has no end where JSON has null: %j", (entry, expected) => {
    expect(Object.values(entryOf(entry) ?? {})[0]).toMatchObject(expected)
  })
})
