/**
 * The few errors a governor answers with. Each carries the service's name where there is one.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Exit from "effect/Exit"
import type { errorReported } from "effect/Runtime"
import type { ShutdownReport } from "./ShutdownReport.ts"

/**
 * An option, a name or a configuration call was refused. Nothing was changed by the refused call.
 *
 * **Details**
 *
 * - `field`: what was refused
 * - `expected`: what would have been taken
 * - `actual`: what came, printed
 * - `service`: whose it is, where it is that of a service
 *
 * `Governor.make` and `add` fail with it, and so do the layers; `start` does if a dependency is not there, or services depend
 * on one another in a circle. In `effect-governor/promise` the constructor, `add`, `start` and the calls of a `ServiceConfig`
 * throw it.
 *
 * **Example** (Saying what is wrong with a configuration)
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
export class InvalidOption extends Data.TaggedError("InvalidOption")<{
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
 * A service of this name is already there.
 *
 * **Details**
 *
 * `add` fails with it, and so does the layer `Governor.service`; in `effect-governor/promise`, `add` and the `name`
 * of a `ServiceConfig` throw it. A name is free again when its service was removed.
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
export class DuplicateService extends Data.TaggedError("DuplicateService")<{ readonly service: string }> {
  override get message(): string {
    return `name: expected a name no other service has, got "${this.service}"`
  }
}

/**
 * No service of this name is there: it was never added, or was removed.
 *
 * **Details**
 *
 * `get` of a governor fails with it, and `start` and `restart` of the handle of a removed service; in
 * `effect-governor/promise`, `get` throws it. `known` are the names that are there, the first 20 at the most.
 *
 * **Example** (Answering for a name that came from outside)
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
export class UnknownService extends Data.TaggedError("UnknownService")<{
  readonly service: string
  readonly known: ReadonlyArray<string>
}> {
  override get message(): string {
    const known = this.known.length === 0 ? "there is none" : `there are ${this.known.map((n) => `"${n}"`).join(", ")}`
    return `service: expected the name of a service of this governor (${known}), got "${this.service}"`
  }
}

/**
 * The governor's shutdown has begun: nothing is added or started any more.
 *
 * **Details**
 *
 * `add` fails with it, and `start` and `restart` of a handle. In `effect-governor/promise`, `add` does nothing then,
 * with a warning; `start` and `restart` of a handle reject with it.
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
export class GovernorClosed extends Data.TaggedError("GovernorClosed")<{ readonly service: string }> {
  override get message(): string {
    return `service "${this.service}" was not added or started: the governor is shutting down`
  }
}

/**
 * The service did not settle before its stop's deadline, so its run was given up. It may still be going on: the
 * service is never started again, for two runs would overlap.
 *
 * **Details**
 *
 * - `run`: the number of the run
 * - `afterMillis`: how long was waited for it: the `stopTimeout`, or the time a shutdown had as a whole
 *
 * It is the cause of the service's status and in the report. `start`, `restart` and `remove` of the service's handle
 * fail with it, `stop` does not.
 *
 * **Example** (Meeting a run that does not listen)
 *
 * ```ts
 * import { Governor, RunAbandoned } from "effect-governor/promise"
 *
 * const governor = new Governor({ stopTimeout: "20 millis" })
 * governor.add("deaf", () => new Promise<void>(() => {})) // looks at no signal
 * governor.start()
 * await governor.whenReady()
 *
 * const deaf = governor.get("deaf")
 * await deaf.stop() // for 20 ms
 * await deaf.start().catch((error: unknown) => {
 *   if (error instanceof RunAbandoned) console.log(`run ${error.run} may still be there, so there is no other`)
 * })
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class RunAbandoned extends Data.TaggedError("RunAbandoned")<{
  readonly service: string
  readonly run: number
  readonly afterMillis: number
}> {
  override get message(): string {
    return `run ${this.run} of service "${this.service}" had not ended ${this.afterMillis} ms after it was asked to stop, ` +
      `and was abandoned`
  }
}

/**
 * A run was not ready in time, or had not said for too long that it is alive: it was asked to end, and counts as crashed.
 *
 * **Details**
 *
 * - `run`: the number of the run
 * - `timeout`: which option it is about
 * - `afterMillis`: how long it had
 *
 * It is the cause of the crash, before whatever the run then failed with. One that does not end either is abandoned.
 *
 * **Example** (A connection that hangs)
 *
 * ```ts
 * import { Governor, GovernorError, RestartPolicy } from "effect-governor"
 * import * as Cause from "effect/Cause"
 * import * as Effect from "effect/Effect"
 *
 * const Feed = Governor.service("feed", Effect.never, { // says nothing
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
export class RunTimedOut extends Data.TaggedError("RunTimedOut")<{
  readonly service: string
  readonly run: number
  readonly timeout: "startTimeout" | "heartbeatTimeout"
  readonly afterMillis: number
}> {
  override get message(): string {
    const what = this.timeout === "startTimeout" ? "was not ready" : "gave no heartbeat"
    return `run ${this.run} of service "${this.service}" ${what} within ${this.afterMillis} ms`
  }
}

/**
 * A service was not started, because what it depends on failed without ever having been ready.
 *
 * **Details**
 *
 * - `dependency`: the one of its dependencies that failed
 * - `cause`: what was wrong in the first place, however far down the graph it was
 *
 * It is the cause of the service's status and in the report. `start` of the service's handle starts what it depends on,
 * too.
 *
 * **Example** (Telling those that failed from those that never had a chance)
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
export class DependencyFailed extends Data.TaggedError("DependencyFailed")<{
  readonly service: string
  readonly dependency: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `service "${this.service}" was not started: its dependency "${this.dependency}" failed`
  }
}

/**
 * The service cannot be removed: others depend on it.
 *
 * **Details**
 *
 * - `dependents`: their names, the first 20 at the most. Remove them first
 *
 * **Example** (Removing a service with all that needs it)
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
export class ServiceInUse extends Data.TaggedError("ServiceInUse")<{
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
 * A service was restarted more than `maxRestarts` times inside `withinMillis`, so it is given up.
 *
 * **Details**
 *
 * - `exits`: the ends of the runs in that window, oldest first
 * - `withinMillis`: `Infinity` where no window was set
 *
 * It is the cause of the service's status. Erlang/OTP calls this the restart intensity.
 *
 * **Example** (Learning why a service was given up)
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
export class RestartLimitExceeded extends Data.TaggedError("RestartLimitExceeded")<{
  readonly service: string
  readonly maxRestarts: number
  readonly withinMillis: number
  readonly exits: ReadonlyArray<Exit.Exit<unknown, unknown>>
  /** What the latest run failed with, if it did. */
  readonly cause?: unknown
}> {
  override get message(): string {
    const within = this.withinMillis === Infinity ? "" : ` within ${this.withinMillis} ms`
    const most = this.maxRestarts === 1 ? "1 restart is" : `${this.maxRestarts} restarts are`
    return `service "${this.service}" ended ${this.exits.length} times${within}, and at most ${most} allowed`
  }
}

/**
 * A significant service failed, so its governor shut down and failed too.
 *
 * **Details**
 *
 * - `governor`: the governor's name
 * - `service`: the significant service
 * - `report`: how every service ended
 *
 * `Governor.launch` fails with it. `runMain` does not print it, for the cause was logged where it happened, and exits
 * with 1.
 *
 * **Example** (Going on without the services)
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
export class GovernorFailed extends Data.TaggedError("GovernorFailed")<{
  readonly governor: string
  readonly service: string
  readonly report: ShutdownReport
}> {
  /** `runMain` does not print it: the governor has logged the cause where it happened. */
  override readonly "~effect/Runtime/errorReported" = false satisfies Error[errorReported]

  override get message(): string {
    return `governor "${this.governor}" failed: its significant service "${this.service}" failed`
  }
}
