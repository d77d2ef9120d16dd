/**
 * The errors of a governor. Each error about a service carries the name of the service.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import type * as Exit from "effect/Exit"
import type { errorReported } from "effect/Runtime"
import { durationInWords } from "./internal/input/durationInWords.ts"
import { checkInShort, inShort, listed, listedAs } from "./internal/input/listed.ts"
import type { ShutdownReport } from "./ShutdownReport.ts"

/**
 * An option, a name or a configuration call was refused. The refused call changed nothing.
 *
 * **Details**
 *
 * - `field`: the field that was refused
 * - `expected`: what the field accepts
 * - `actual`: the refused value, printed
 * - `service`: the name of the service, if the field belongs to a service
 *
 * `Governor.make`, `add` and the layers fail with it. `start` fails with it if a dependency is missing or services
 * depend on one another in a circle. In `effect-governor/promise`, the constructor, `add`, `start` and the methods of a
 * `ServiceConfig` throw it.
 *
 * **Example** (Reporting a wrong option)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const program = Governor.make({ restart: RestartPolicy.spaced(-1) }).pipe(
 *   Effect.scoped,
 *   Effect.catchTag("InvalidOption", ({ actual, expected, field }) =>
 *     Effect.logError(`${field} must be ${expected}, and is ${actual}`))
 * )
 *
 * await Effect.runPromise(program)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidOption extends /* @__PURE__ */ Data.TaggedError("InvalidOption")<{
  readonly service?: string | undefined
  readonly field: string
  readonly expected: string
  readonly actual: string
}> {
  override get message(): string {
    const where = this.service === undefined ? "" : ` of service "${this.service}"`
    return `${this.field}${where}: expected ${this.expected}, got ${this.actual}`
  }
}

/**
 * Another service has this name already.
 *
 * **Details**
 *
 * `add` and the layer `Governor.service` fail with it. In `effect-governor/promise`, `add` and the method `name` of a
 * `ServiceConfig` throw it. A name is free again when its service was removed.
 *
 * **Example** (Adding a service only once)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const feedOf = (tenant: string) => Service.make(`feed of ${tenant}`, Effect.never)
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   for (const tenant of ["acme", "acme"]) {
 *     yield* governor.add(feedOf(tenant)).pipe(
 *       Effect.flatMap((handle) => handle.start),
 *       Effect.catchTag("DuplicateService", ({ service }) => Effect.logInfo(`the ${service} is up already`))
 *     )
 *   }
 * })
 *
 * await Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class DuplicateService
  extends /* @__PURE__ */ Data.TaggedError("DuplicateService")<{ readonly service: string }>
{
  override get message(): string {
    return `name: expected a name that no other service of this governor has, got "${this.service}"`
  }
}

/**
 * No service has this name: it was never added, or was removed.
 *
 * **Details**
 *
 * `get` of a governor fails with it, and so do `start` and `restart` of the handle of a removed service. In
 * `effect-governor/promise`, `get` throws it. `known` has the names of the existing services, the first 20 at most.
 *
 * **Example** (Handling a name that a user typed)
 *
 * ```ts
 * import { Governor, UnknownService } from "effect-governor/promise"
 *
 * const governor = new Governor()
 * governor.add("api", () => {})
 *
 * try {
 *   console.log(governor.get("apj").status())
 * } catch (error) {
 *   if (!(error instanceof UnknownService)) throw error
 *   console.log(`no "${error.service}" here, but: ${error.known.join(", ")}`)
 * }
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownService extends /* @__PURE__ */ Data.TaggedError("UnknownService")<{
  readonly service: string
  readonly known: ReadonlyArray<string>
}> {
  override get message(): string {
    return `service: expected the name of a service of this governor (known: ${known(this)}), got "${this.service}"`
  }
}

/**
 * No node of the cluster has this address.
 *
 * **Details**
 *
 * `GovernorCluster.drain` fails with it. `known` has the addresses of the nodes that are there.
 *
 * **Example** (The message)
 *
 * ```ts
 * import { GovernorError } from "effect-governor"
 *
 * console.log(new GovernorError.UnknownNode({ node: "10.0.0.9:7000", known: ["10.0.0.7:7000"] }).message)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownNode extends /* @__PURE__ */ Data.TaggedError("UnknownNode")<{
  readonly node: string
  readonly known: ReadonlyArray<string>
}> {
  override get message(): string {
    return `node: expected the address of a node of this cluster (known: ${known(this)}), got "${this.node}"`
  }
}

const known = ({ known }: { readonly known: ReadonlyArray<string> }): string =>
  known.length === 0 ? "none" : listed(known)

/**
 * The shutdown of the governor has begun, so nothing is added or started any more.
 *
 * **Details**
 *
 * `add` fails with it, and so do `start` and `restart` of a handle. In `effect-governor/promise`, `start` and `restart`
 * of a handle reject with it, while `add` does nothing and logs a warning.
 *
 * **Example** (Adding a service too late)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* governor.shutdown
 *   yield* governor.add(Service.make("late", Effect.never)).pipe(
 *     Effect.catchTag("GovernorClosed", ({ service }) => Effect.logWarning(`too late for "${service}"`))
 *   )
 * })
 *
 * await Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class GovernorClosed extends /* @__PURE__ */ Data.TaggedError("GovernorClosed")<{ readonly service: string }> {
  override get message(): string {
    return `service "${this.service}" was not added or started: the governor is shutting down`
  }
}

/**
 * The run did not settle within its time to stop, so the governor abandoned it. The run may still go on. Until it
 * settles, the service is not started again, because two runs would overlap.
 *
 * **Details**
 *
 * - `run`: the number of the run
 * - `afterMillis`: how long the governor waited for the run: the `stopTimeout`, or the time of the whole shutdown
 *
 * This error is the cause in the status and in the report of the service. While the abandoned run has not settled,
 * `start`, `restart` and `remove` of the service's handle fail with it; `stop` does not fail.
 *
 * **Example** (A run that ignores its signal)
 *
 * ```ts
 * import { Governor, RunAbandoned } from "effect-governor/promise"
 *
 * const governor = new Governor({ stopTimeout: "20 millis" })
 * governor.add("deaf", () => new Promise<void>(() => {})) // ignores its signal
 * governor.start()
 * await governor.whenReady()
 *
 * const deaf = governor.get("deaf")
 * await deaf.stop() // waits for 20 ms, then the run is abandoned
 * await deaf.start().catch((error: unknown) => {
 *   if (error instanceof RunAbandoned) console.log(`run ${error.run} may still go on, so no other run begins`)
 * })
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class RunAbandoned extends /* @__PURE__ */ Data.TaggedError("RunAbandoned")<{
  readonly service: string
  readonly run: number
  readonly afterMillis: number
}> {
  override get message(): string {
    return `run ${this.run} of service "${this.service}" did not end within ${
      durationInWords(this.afterMillis)
    }, and was abandoned`
  }
}

/**
 * The run did not end within its time to stop, so the governor has ended it by force. Nothing of the run is left. Only runs of
 * `effect-governor/process` can be ended so; others are abandoned (`RunAbandoned`).
 *
 * **Details**
 *
 * - `run`: the number of the run
 * - `afterMillis`: how long the governor waited for the run: the `stopTimeout`, or the time of the whole shutdown
 *
 * This error is the cause in the status and in the report of the service, which is `Failed`. From the brutal kill of
 * Erlang/OTP.
 *
 * **Example** (The message)
 *
 * ```ts
 * import { GovernorError } from "effect-governor"
 *
 * console.log(new GovernorError.RunKilled({ service: "importer", run: 3, afterMillis: 10_000 }).message)
 * // run 3 of service "importer" did not end within 10 s, and was killed
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class RunKilled extends /* @__PURE__ */ Data.TaggedError("RunKilled")<{
  readonly service: string
  readonly run: number
  readonly afterMillis: number
}> {
  override get message(): string {
    const limit = this.afterMillis === 0 ? "at once" : `within ${durationInWords(this.afterMillis)}`
    return `run ${this.run} of service "${this.service}" did not end ${limit}, and was killed`
  }
}

/**
 * A command did not come to its end within the time that its caller wanted to wait. The command itself goes on.
 *
 * **Details**
 *
 * - `command`: the command
 * - `afterMillis`: how long the caller waited
 * - `state`: what the service is doing then, in words: for whom it waits, and why
 *
 * The commands of a `ServiceHandle` of `effect-governor/promise` reject with it, if they have a `timeout`.
 *
 * **Example** (Not waiting for a slow stop)
 *
 * ```ts
 * import { CommandTimedOut, Governor } from "effect-governor/promise"
 *
 * const governor = new Governor({ stopTimeout: "50 millis" })
 * governor.add("deaf", () => new Promise<void>(() => {})).start() // ignores its signal
 *
 * await governor.get("deaf").stop({ timeout: "10 millis" }).catch((error: unknown) => {
 *   if (!(error instanceof CommandTimedOut)) throw error
 *   console.log(`${error.command} of ${error.service} takes more than ${error.afterMillis} ms`)
 * })
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class CommandTimedOut extends /* @__PURE__ */ Data.TaggedError("CommandTimedOut")<{
  readonly service: string
  readonly command: "start" | "stop" | "restart" | "remove"
  readonly afterMillis: number
  readonly state?: string
}> {
  override get message(): string {
    const within = durationInWords(this.afterMillis)
    const state = this.state === undefined ? "" : `. The service is ${this.state}`
    return `the command ${this.command} of service "${this.service}" was not done within ${within}, and goes on${state}`
  }
}

/**
 * Services were not ready within the time that somebody wanted to wait. They are not affected.
 *
 * **Details**
 *
 * - `services`: the services that are not ready. `waitingFor` names the dependencies that a service waits for; `cause` is
 *   its latest failure; `reason` is what its run, or its readiness probe, has said
 * - `afterMillis`: how long the caller waited
 *
 * **Example** (Saying who is missing, and why)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* governor.add(Service.make("database", Effect.never, { readiness: "manual" }))
 *   yield* governor.add(Service.make("api", Effect.never, { dependsOn: ["database"] }))
 *   yield* governor.start
 *   return yield* Effect.flip(governor.awaitReadyWithin("10 millis"))
 * })
 *
 * const error = await Effect.runPromise(Effect.scoped(program))
 * console.log(error.message) // not ready within 10 ms: "database" is not ready yet; "api" waits for "database"
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class NotReady extends /* @__PURE__ */ Data.TaggedError("NotReady")<{
  readonly services: ReadonlyArray<
    {
      readonly name: string
      readonly waitingFor?: ReadonlyArray<string>
      readonly cause?: Cause.Cause<unknown>
      readonly reason?: string
    }
  >
  readonly afterMillis: number
}> {
  override get message(): string {
    const inWords = ({ cause, name, reason, waitingFor }: NotReady["services"][number]): string => {
      if (waitingFor !== undefined) return `"${name}" waits for ${listed(waitingFor)}`
      if (reason !== undefined) return `"${name}" is not ready yet: ${reason}`
      return cause === undefined ? `"${name}" is not ready yet` : `"${name}" failed: ${inShort(Cause.squash(cause))}`
    }
    return `not ready within ${durationInWords(this.afterMillis)}: ${listedAs(this.services, inWords, "; ")}`
  }
}

/**
 * A run was not ready in time, or gave no heartbeat in time. It was asked to end and counts as crashed.
 *
 * **Details**
 *
 * - `run`: the number of the run
 * - `timeout`: the option that set the limit
 * - `afterMillis`: the limit
 * - `cause`: what the last check of its `readiness` probe failed with, if the run was not ready because of that
 *
 * This error is the first reason in the cause of the crash; the error that the run then ended with comes second. A run
 * that does not end either is abandoned.
 *
 * **Example** (A connection that hangs)
 *
 * ```ts
 * import { Governor, GovernorError, RestartPolicy } from "effect-governor"
 * import * as Cause from "effect/Cause"
 * import * as Effect from "effect/Effect"
 *
 * const Feed = Governor.service("feed", Effect.never, { // gives no heartbeat
 *   heartbeatTimeout: "20 millis",
 *   restart: RestartPolicy.never
 * })
 *
 * const report = await Effect.runPromise(Governor.launch(Feed))
 * for (const { cause } of report.services) {
 *   const error = cause && Cause.squash(cause)
 *   if (error instanceof GovernorError.RunTimedOut) console.log(error.timeout, error.afterMillis) // heartbeatTimeout 20
 * }
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class RunTimedOut extends /* @__PURE__ */ Data.TaggedError("RunTimedOut")<{
  readonly service: string
  readonly run: number
  readonly timeout: "startTimeout" | "heartbeatTimeout"
  readonly afterMillis: number
  readonly cause?: unknown
}> {
  override get message(): string {
    const failure = this.timeout === "startTimeout" ? "was not ready" : "gave no heartbeat"
    const why = this.cause === undefined ? "" : `: its readiness probe failed: ${checkInShort(this.cause)}`
    return `run ${this.run} of service "${this.service}" ${failure} within ${durationInWords(this.afterMillis)}${why}`
  }
}

/**
 * A probe of a run failed so often in a row that its verdict counts.
 *
 * **Details**
 *
 * - `run`: the number of the run
 * - `probe`: the option that has the probe
 * - `failures`: how many checks have failed in a row
 * - `cause`: what the last check failed with: its error, `false` if it returned that, or a `TimeoutError` if it took
 *   longer than its `timeout`
 *
 * With a `liveness` probe this error is the first reason in the cause of the crash, as `RunTimedOut` is. With a
 * `readiness` probe it is the cause of a `ServiceUnready`; the run goes on.
 *
 * **Example** (A service that is restarted when its check fails)
 *
 * ```ts
 * import { Governor, GovernorError } from "effect-governor"
 * import * as Cause from "effect/Cause"
 * import * as Effect from "effect/Effect"
 *
 * const Feed = Governor.service("feed", Effect.never, {
 *   liveness: { check: Effect.fail("no news"), every: "10 millis", failures: 2 }
 * })
 *
 * const report = await Effect.runPromise(Governor.launch(Feed))
 * for (const { cause } of report.services) {
 *   const error = cause && Cause.squash(cause)
 *   if (error instanceof GovernorError.ProbeFailed) console.log(error.probe, error.failures, error.cause) // liveness 2 no news
 * }
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class ProbeFailed extends /* @__PURE__ */ Data.TaggedError("ProbeFailed")<{
  readonly service: string
  readonly run: number
  readonly probe: "readiness" | "liveness"
  readonly failures: number
  readonly cause: unknown
}> {
  override get message(): string {
    const times = this.failures === 1 ? "failed" : `failed ${this.failures} times in a row`
    return `the ${this.probe} probe of run ${this.run} of service "${this.service}" ${times}: ${
      checkInShort(this.cause)
    }`
  }
}

/**
 * A service was not started, because a dependency failed without having been ready.
 *
 * **Details**
 *
 * - `dependency`: the dependency that failed
 * - `cause`: the first failure, even if it is several dependencies away
 *
 * This error is the cause in the status and in the report of the service. `start` of the service's handle also starts
 * the dependencies. If the dependency failed only because its run was abandoned, and that run settles and the
 * dependency restarts, the service waits for the dependency again.
 *
 * **Example** (Telling failed services from services that never ran)
 *
 * ```ts
 * import { Governor, GovernorError } from "effect-governor"
 * import * as Cause from "effect/Cause"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const Services = Layer.mergeAll(
 *   Governor.service("database", Effect.fail("no connection"), { readiness: "manual" }),
 *   Governor.service("api", Effect.never, { dependsOn: ["database"] })
 * )
 *
 * const { services } = await Effect.runPromise(Governor.launch(Services))
 * for (const { cause, name } of services) {
 *   const error = cause && Cause.squash(cause)
 *   if (error instanceof GovernorError.DependencyFailed) console.log(`${name} waited for ${error.dependency}`)
 *   else console.log(`${name} failed: ${error}`)
 * }
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class DependencyFailed extends /* @__PURE__ */ Data.TaggedError("DependencyFailed")<{
  readonly service: string
  readonly dependency: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `service "${this.service}" was not started: its dependency "${this.dependency}" failed`
  }
}

/**
 * The service cannot be removed, because other services depend on it.
 *
 * **Details**
 *
 * - `dependents`: the names of these services, the first 20 at most. Remove them first
 *
 * **Example** (Removing a service and all services that depend on it)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const removeAll = (governor: Governor.Governor, name: string): Effect.Effect<void> =>
 *   Effect.gen(function*() {
 *     const handle = yield* governor.get(name)
 *     yield* handle.remove.pipe(Effect.catchTag("ServiceInUse", ({ dependents }) =>
 *       Effect.andThen(
 *         Effect.forEach(dependents, (dependent) => removeAll(governor, dependent)),
 *         removeAll(governor, name)
 *       )))
 *   }).pipe(Effect.orDie)
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* governor.add(Service.make("database", Effect.never))
 *   yield* governor.add(Service.make("api", Effect.never, { dependsOn: ["database"] }))
 *   yield* governor.start
 *   yield* removeAll(governor, "database")
 *   return yield* governor.status
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program))) // []
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class ServiceInUse extends /* @__PURE__ */ Data.TaggedError("ServiceInUse")<{
  readonly service: string
  readonly dependents: ReadonlyArray<string>
}> {
  override get message(): string {
    const dependents = this.dependents.map((name) => `"${name}"`).join(", ")
    return `service "${this.service}" was not removed: ${dependents} depend${
      this.dependents.length === 1 ? "s" : ""
    } on it`
  }
}

/**
 * A service was restarted more than `maxRestarts` times inside `withinMillis`, so the governor gave it up.
 *
 * **Details**
 *
 * - `exits`: how the runs in that window ended, the oldest first
 * - `withinMillis`: `Infinity` if no window was set
 *
 * This error is the cause in the status of the service. Erlang/OTP calls this limit the restart intensity.
 *
 * **Example** (Reading why a service was given up)
 *
 * ```ts
 * import { Governor, GovernorError, RestartPolicy, Service } from "effect-governor"
 * import * as Cause from "effect/Cause"
 * import * as Effect from "effect/Effect"
 *
 * const feed = Service.make("feed", Effect.fail("no connection"), {
 *   restart: RestartPolicy.onFailure("10 millis", { maxRestarts: 2, within: "1 minute" })
 * })
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   const handle = yield* governor.add(feed)
 *   yield* governor.start
 *   yield* governor.awaitShutdown // all are over
 *   const status = yield* handle.status
 *   const error = status._tag === "Failed" ? Cause.squash(status.cause) : undefined
 *   if (error instanceof GovernorError.RestartLimitExceeded) {
 *     console.log(`failed ${error.exits.length} times, at last with: ${error.cause}`)
 *   }
 * })
 *
 * await Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class RestartLimitExceeded extends /* @__PURE__ */ Data.TaggedError("RestartLimitExceeded")<{
  readonly service: string
  readonly maxRestarts: number
  readonly withinMillis: number
  readonly exits: ReadonlyArray<Exit.Exit<unknown, unknown>>
  /** The error of the latest run, if that run failed. */
  readonly cause?: unknown
}> {
  override get message(): string {
    const within = this.withinMillis === Infinity ? "" : ` within ${durationInWords(this.withinMillis)}`
    const needed = this.exits.length === 1 ? "1 restart" : `${this.exits.length} restarts`
    return `service "${this.service}" needed ${needed}${within}, but its maxRestarts is ${this.maxRestarts}`
  }
}

/**
 * A significant service failed, so its governor shut down and failed too. Or a governor inside a governor has
 * `readiness: "completed"`, and one of its services failed.
 *
 * **Details**
 *
 * - `governor`: the name of the governor
 * - `service`: the name of the service that failed
 * - `report`: how every service ended
 * - `cause`: the error of the service that failed
 *
 * `Governor.launch` fails with it. `runMain` exits with 1 and does not print it, because the cause was logged when the
 * service failed.
 *
 * **Example** (Continuing the program after the services failed)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const Services = Governor.service("api", Effect.fail("the port is taken"), { significant: true })
 *
 * const program = Governor.launch(Services).pipe(
 *   Effect.catchTag("GovernorFailed", ({ report, service }) =>
 *     Effect.logWarning(`"${service}" failed, and with it ${report.services.length} service(s)`))
 * )
 *
 * await Effect.runPromise(program)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class GovernorFailed extends /* @__PURE__ */ Data.TaggedError("GovernorFailed")<{
  readonly governor: string
  readonly service: string
  readonly report: ShutdownReport
  readonly cause?: unknown
}> {
  /** `runMain` does not print this error, because the governor logged the cause when the service failed. */
  override readonly "~effect/Runtime/errorReported" = false satisfies Error[errorReported]

  override get message(): string {
    return `governor "${this.governor}" failed: its service "${this.service}" failed`
  }
}
