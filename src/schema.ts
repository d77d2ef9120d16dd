/**
 * Wire forms: an Effect `Schema` of everything that a governor says of its services. The type is that of the core. The
 * encoded side is the plain object of `effect-governor/promise`, which is JSON.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type * as Event from "./GovernorEvent.ts"
import { fromCause } from "./internal/bridge/thrown.ts"
import { struct, type Thrown as Encoded, union, type Wire, Wired } from "./internal/bridge/wire.ts"
import type * as Spec from "./ServiceSpec.ts"
import type * as Status from "./ServiceStatus.ts"
import type * as Report from "./ShutdownReport.ts"

// --- what was thrown ---

/**
 * What was thrown: a `Cause` as `{ name, message, stack }`.
 *
 * **Details**
 *
 * Encodes any cause, whatever was thrown. If the cause has several errors, the message and the stack name all of them.
 * Decodes to a cause that fails with one `Error` of this name, message and stack, so encoding the cause again gives the
 * same.
 *
 * **Example** (An error on its way)
 *
 * ```ts
 * import { Thrown } from "effect-governor/schema"
 * import * as Cause from "effect/Cause"
 * import * as Schema from "effect/Schema"
 *
 * const { message, name } = Schema.encodeSync(Thrown)(Cause.fail(new RangeError("too many")))
 * console.log(name, message) // RangeError too many
 *
 * const cause = Schema.decodeSync(Thrown)({ name, message, stack: "RangeError: too many\n    at count.ts:1" })
 * console.log(String(Cause.squash(cause))) // RangeError: too many
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const Thrown: Schema.Codec<Cause.Cause<unknown>, Encoded> = Wired.pipe(
  Schema.decodeTo(
    Schema.declare<Cause.Cause<unknown>>(Cause.isCause, { expected: "Cause" }),
    SchemaTransformation.transform<Cause.Cause<unknown>, Encoded>({
      decode: (thrown) => Cause.fail(errorOf(thrown)),
      encode: (cause) => {
        const { message, name, stack } = fromCause(cause)
        return { name, message, stack }
      }
    })
  )
)

const errorOf = ({ message, ...others }: Encoded): Error => {
  const error = new Error(message)
  for (const [key, value] of Object.entries(others)) {
    Object.defineProperty(error, key, { value, configurable: true, enumerable: false, writable: true })
  }
  return error
}

const { Boolean, Literals, Number, optionalKey, String } = Schema
const Texts: Wire<ReadonlyArray<string>> = Schema.Array(String)
const cause = { cause: Thrown }
const perhapsCause = { cause: optionalKey(Thrown) }

// --- statuses ---

const Failure = struct<Status.Failure>("Failure", { run: Number, at: Number, ...cause })

/**
 * Why a service is asked to stop.
 *
 * **Example** (Telling a stop by hand)
 *
 * ```ts
 * import { StopReason } from "effect-governor/schema"
 * import * as Schema from "effect/Schema"
 *
 * const isByHand = (reason: typeof StopReason.Type) => reason === "stop" || reason === "restart"
 *
 * console.log(isByHand(Schema.decodeUnknownSync(StopReason)("dependency"))) // false
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const StopReason: Wire<Event.StopReason> = Literals([
  "stop",
  "restart",
  "remove",
  "shutdown",
  "strategy",
  "dependency",
  "lease"
]).annotate({ identifier: "StopReason" })

const Process = struct<Event.ProcessStatus>("ProcessStatus", {
  pid: optionalKey(Number),
  thread: optionalKey(Number),
  memory: optionalKey(Number),
  code: optionalKey(Number),
  signal: optionalKey(String)
})

const ofStatus = {
  name: String,
  run: Number,
  restarts: Number,
  restartsByHand: optionalKey(Number),
  crashes: Number,
  since: Number,
  startedAt: optionalKey(Number),
  readyAt: optionalKey(Number),
  lastFailure: optionalKey(Failure),
  process: optionalKey(Process)
}

/**
 * The status of a service.
 *
 * **Example** (An answer over HTTP, and who reads it)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import { ServiceStatus } from "effect-governor/schema"
 * import * as Cause from "effect/Cause"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const Statuses = Schema.fromJsonString(Schema.Array(ServiceStatus))
 *
 * const answer = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* governor.add(Service.make("feed", Effect.fail(new Error("no connection"))))
 *   yield* governor.start
 *   return yield* Schema.encodeEffect(Statuses)(yield* governor.status)
 * })
 *
 * const [feed] = Schema.decodeSync(Statuses)(await Effect.runPromise(Effect.scoped(answer)))
 * if (feed?._tag === "Failed") console.log(feed.name, String(Cause.squash(feed.cause))) // feed Error: no connection
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServiceStatus: Wire<Status.ServiceStatus> = union<Status.ServiceStatus>("ServiceStatus", {
  Pending: ofStatus,
  Waiting: { ...ofStatus, waitingFor: Texts },
  Standby: ofStatus,
  Starting: { ...ofStatus, reason: optionalKey(String) },
  Running: ofStatus,
  Backoff: { ...ofStatus, until: Number, ...perhapsCause },
  Stopping: { ...ofStatus, reason: StopReason },
  Stopped: { ...ofStatus, outcome: Literals(["Completed", "Stopped"]), ...perhapsCause },
  Failed: { ...ofStatus, ...cause }
})

/**
 * The statuses of services at one moment, and the `sequence` of the latest event that is in them.
 *
 * **Example** (What a page loads first)
 *
 * ```ts
 * import { Governor } from "effect-governor/promise"
 * import { Snapshot } from "effect-governor/schema"
 * import * as Schema from "effect/Schema"
 *
 * const governor = new Governor()
 * governor.add("api", ({ sleep }) => sleep("Infinity"))
 * const page = Schema.decodeUnknownSync(Snapshot)(JSON.parse(JSON.stringify(governor.snapshot({ tree: true }))))
 * console.log(page.sequence, page.services[0]?._tag) // 1 Pending
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const Snapshot: Wire<Status.Snapshot> = struct<Status.Snapshot>("Snapshot", {
  sequence: Number,
  services: Schema.Array(ServiceStatus)
})

// --- how services are supervised ---

/**
 * How a service is supervised.
 *
 * **Example** (Reading what an answer over HTTP says of a service)
 *
 * ```ts
 * import { ServiceSpec } from "effect-governor/schema"
 * import * as Schema from "effect/Schema"
 *
 * const text = `{"name":"api","dependsOn":["database"],"bindsTo":[],"readiness":"automatic","isProbed":false,
 *   "significant":false,"health":"required","restart":{"when":"always","delay":1000},"strategy":"one-for-one"}`
 * const spec = Schema.decodeSync(Schema.fromJsonString(ServiceSpec))(text)
 * console.log(spec.dependsOn, spec.stopTimeout) // [ 'database' ] undefined
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServiceSpec: Wire<Spec.ServiceSpec> = struct<Spec.ServiceSpec>("ServiceSpec", {
  name: String,
  dependsOn: Texts,
  bindsTo: Texts,
  readiness: Literals(["automatic", "manual", "completed", "probe"]),
  isProbed: Boolean,
  significant: Schema.Union([Boolean, Schema.Literal("failure")]),
  health: Literals(["required", "optional"]),
  restart: struct<Spec.ServiceSpec["restart"]>("RestartSpec", {
    when: Literals(["never", "always", "failure"]),
    delay: optionalKey(Number),
    maxRestarts: optionalKey(Number),
    within: optionalKey(Number),
    resetAfter: optionalKey(Number)
  }),
  strategy: Literals(["one-for-one", "one-for-all", "rest-for-one", "dependents"]),
  startTimeout: optionalKey(Number),
  heartbeatTimeout: optionalKey(Number),
  stopTimeout: optionalKey(Number)
})

// --- reports ---

/**
 * Why a governor shuts down.
 *
 * **Example** (Reading a reason)
 *
 * ```ts
 * import { ShutdownReason } from "effect-governor/schema"
 * import * as Schema from "effect/Schema"
 *
 * const reason = Schema.decodeUnknownSync(ShutdownReason)({ _tag: "Signal", signal: "SIGTERM" })
 * if (reason._tag === "Signal") console.log(reason.signal) // SIGTERM
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const ShutdownReason: Wire<Report.ShutdownReason> = union<Report.ShutdownReason>("ShutdownReason", {
  Requested: { message: optionalKey(String) },
  Signal: { signal: String },
  Uncaught: cause,
  Expelled: cause,
  Aborted: cause,
  ScopeClosed: {},
  Significant: { service: String, ...perhapsCause },
  AllOver: {}
})

/**
 * How one service ended.
 *
 * **Example** (Writing a report down)
 *
 * ```ts
 * import { ServiceReport } from "effect-governor/schema"
 * import * as Schema from "effect/Schema"
 *
 * const write = Schema.encodeSync(Schema.fromJsonString(ServiceReport))
 * console.log(write({ name: "api", outcome: "Stopped", duration: 12 }))
 * // {"name":"api","outcome":"Stopped","duration":12}
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServiceReport: Wire<Report.ServiceReport> = struct<Report.ServiceReport>("ServiceReport", {
  name: String,
  outcome: Literals(["Stopped", "Failed", "Abandoned"]),
  duration: Number,
  ...perhapsCause
})

/**
 * How a shutdown went.
 *
 * **Example** (Keeping the report of a shutdown)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import { ShutdownReport } from "effect-governor/schema"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const program = Governor.launch(Governor.service("migration", Effect.void))
 * const text = await Effect.runPromise(Effect.flatMap(program, Schema.encodeEffect(Schema.fromJsonString(ShutdownReport))))
 * console.log(JSON.parse(text).ok) // true
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const ShutdownReport: Wire<Report.ShutdownReport> = struct<Report.ShutdownReport>("ShutdownReport", {
  ok: Boolean,
  reason: ShutdownReason,
  duration: Number,
  services: Schema.Array(ServiceReport)
})

/** Whether the services are ready, and why the others are not. */
interface Ready {
  readonly ok: boolean
  readonly services: ReadonlyArray<{
    readonly name: string
    readonly ready: boolean
    readonly waitingFor?: ReadonlyArray<string>
    readonly cause?: Cause.Cause<unknown>
    readonly reason?: string
  }>
}

/**
 * Whether the services are ready that were started so far, as `whenReady` of the facade answers.
 *
 * **Example** (Asking a process whether it is up)
 *
 * ```ts
 * import { Governor } from "effect-governor/promise"
 * import { Readiness } from "effect-governor/schema"
 * import * as Schema from "effect/Schema"
 *
 * const governor = new Governor()
 * governor.add("api", ({ sleep }) => sleep("Infinity"))
 * governor.start()
 * const answer = JSON.stringify(await governor.whenReady())
 * console.log(Schema.decodeSync(Schema.fromJsonString(Readiness))(answer).ok) // true
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const Readiness: Wire<Ready> = struct<Ready>("Readiness", {
  ok: Boolean,
  services: Schema.Array(struct<Ready["services"][number]>("ServiceReadiness", {
    name: String,
    ready: Boolean,
    waitingFor: optionalKey(Texts),
    reason: optionalKey(String),
    ...perhapsCause
  }))
})

// --- events ---

const ofService = { service: String, run: Number, time: Number, sequence: Number }
const ofGovernor = { time: Number, sequence: Number, governor: optionalKey(String) }

/**
 * An event of a governor or of a service.
 *
 * **Example** (Events as lines of text)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import { GovernorEvent } from "effect-governor/schema"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const Line = Schema.fromJsonString(GovernorEvent)
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   const lines: Array<string> = []
 *   governor.tree.listen((event) => lines.push(Schema.encodeSync(Line)(event)))
 *   yield* governor.shutdown
 *   return lines.map((line) => Schema.decodeSync(Line)(line)._tag)
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program))) // [ 'ShutdownStarted', 'ShutdownCompleted' ]
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const GovernorEvent: Wire<Event.GovernorEvent> = union<Event.GovernorEvent>("GovernorEvent", {
  ServiceAdded: ofService,
  ServiceRemoved: ofService,
  ServiceWaiting: { ...ofService, waitingFor: Texts },
  ServiceStandby: ofService,
  ServiceStarting: {
    ...ofService,
    restarts: Number,
    restartsByHand: optionalKey(Number),
    epoch: optionalKey(Number)
  },
  ServiceReady: ofService,
  ServiceUnready: { ...ofService, reason: optionalKey(String), ...perhapsCause },
  ServiceCompleted: ofService,
  ServiceCrashed: { ...ofService, ...cause },
  ServiceInterrupted: { ...ofService, ...perhapsCause },
  RestartScheduled: { ...ofService, delay: Number, ...perhapsCause },
  RestartLimitExceeded: { ...ofService, ...cause },
  ServiceStopping: { ...ofService, reason: StopReason },
  ServiceStopped: { ...ofService, ...perhapsCause },
  ServiceFailed: { ...ofService, ...cause },
  ServiceAbandoned: { ...ofService, ...cause },
  LateFailure: { ...ofService, ...cause },
  ProcessStarted: { ...ofService, process: Process },
  ProcessMeasured: { ...ofService, process: Process },
  ProcessEnded: { ...ofService, process: Process },
  ShutdownStarted: {
    ...ofGovernor,
    reason: ShutdownReason,
    until: optionalKey(Number),
    drainsUntil: optionalKey(Number)
  },
  ShutdownCompleted: { ...ofGovernor, report: ShutdownReport },
  EventsDropped: { ...ofGovernor, count: Number }
})
