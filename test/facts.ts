/** Arbitrary statuses, events and reports: every tag, every field, and whatever can be thrown. */
import * as Cause from "effect/Cause"
import * as fc from "fast-check"
import type { GovernorEvent } from "../src/GovernorEvent.ts"
import type { ServiceStatus } from "../src/ServiceStatus.ts"
import type { ServiceReport, ShutdownReason, ShutdownReport } from "../src/ShutdownReport.ts"
import { hostile } from "./hostile.ts"

const text = fc.constantFrom("a", "inner/b", "", "__proto__", "ü\"\n")
const number = fc.nat(1e6)
const errors: ReadonlyArray<unknown> = [
  new Error("boom", { cause: new TypeError("inside") }),
  new AggregateError([new Error("one"), "two"]),
  "text",
  undefined,
  { message: "no error" },
  Object.freeze(new RangeError("frozen")),
  hostile,
  "",
  5n,
  Symbol("no error"),
  Object.assign(() => {}, { toString: () => "" }),
  Object.assign(new Error(""), { name: "", stack: [] })
]
const reasons = errors.flatMap((error) => [Cause.makeFailReason(error), Cause.makeDieReason(error)])
export const cause = fc.array(fc.nat(reasons.length - 1), { minLength: 1, maxLength: 3 }).map((chosen) =>
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
const process = fc.record({ pid: number, thread: number, memory: number, code: number, signal: text }, {
  requiredKeys: []
})
const past = fc.record({
  restartsByHand: number,
  startedAt: number,
  readyAt: number,
  lastFailure: fc.record({ run: number, at: number, cause }),
  process
}, { requiredKeys: [] })
const stopped = { ...ofStatus, outcome: fc.constantFrom("Completed", "Stopped") }
const statusAlone = fc.record(ofStatus)
const statusOfRun = oneOf<ServiceStatus>({
  Pending: statusAlone,
  Waiting: fc.record({ ...ofStatus, waitingFor: fc.array(text) }),
  Standby: statusAlone,
  Starting: fc.oneof(statusAlone, fc.record({ ...ofStatus, reason: text })),
  Running: statusAlone,
  Backoff: fc.oneof(fc.record({ ...ofStatus, until: number }), fc.record({ ...ofStatus, until: number, cause })),
  Stopping: fc.record({ ...ofStatus, reason: fc.constantFrom("stop", "strategy") }),
  Stopped: fc.oneof(fc.record(stopped), fc.record({ ...stopped, cause })),
  Failed: fc.record({ ...ofStatus, cause })
})
export const status: fc.Arbitrary<ServiceStatus> = fc.tuple(statusOfRun, past).map(([status, past]) =>
  Object.assign({}, status, past)
)

const nothing = fc.constant({})
export const shutdownReason = oneOf<ShutdownReason>({
  Requested: fc.oneof(nothing, fc.record({ message: text })),
  Signal: fc.record({ signal: text }),
  Uncaught: fc.record({ cause }),
  Expelled: fc.record({ cause }),
  Aborted: fc.record({ cause }),
  ScopeClosed: nothing,
  Significant: fc.oneof(fc.record({ service: text }), fc.record({ service: text, cause })),
  AllOver: nothing
})

const ofReport = { name: text, outcome: fc.constantFrom("Stopped", "Failed", "Abandoned"), duration: number }
export const serviceReport: fc.Arbitrary<ServiceReport> = fc.oneof(
  fc.record(ofReport),
  fc.record({ ...ofReport, cause })
)
export const report: fc.Arbitrary<ShutdownReport> = fc.record({
  ok: fc.boolean(),
  reason: shutdownReason,
  duration: number,
  services: fc.array(serviceReport, { maxLength: 4 })
})

const ofEvent = { service: text, run: number, time: number, sequence: number }
const eventAlone = fc.record(ofEvent)
const withCause = fc.record({ ...ofEvent, cause })
const withProcess = fc.record({ ...ofEvent, process })
const ofGovernor = { time: number, sequence: number }
const reason = shutdownReason
const [started, ended] = [{ ...ofGovernor, reason }, { ...ofGovernor, report }]
export const event = oneOf<GovernorEvent>({
  ServiceAdded: eventAlone,
  ServiceRemoved: eventAlone,
  ServiceStarting: fc.oneof(
    fc.record({ ...ofEvent, restarts: number }),
    fc.record({ ...ofEvent, restarts: number, restartsByHand: number }),
    fc.record({ ...ofEvent, restarts: number, epoch: number })
  ),
  ServiceStandby: eventAlone,
  ServiceWaiting: fc.record({ ...ofEvent, waitingFor: fc.array(text) }),
  ServiceReady: eventAlone,
  ServiceUnready: fc.oneof(withCause, fc.record({ ...ofEvent, reason: text })),
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
  ProcessStarted: withProcess,
  ProcessMeasured: withProcess,
  ProcessEnded: withProcess,
  ShutdownStarted: fc.oneof(fc.record(started), fc.record({ ...started, governor: text })),
  ShutdownCompleted: fc.oneof(fc.record(ended), fc.record({ ...ended, governor: text })),
  EventsDropped: fc.record({ count: number, time: number, sequence: number })
})
