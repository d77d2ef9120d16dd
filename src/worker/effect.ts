/**
 * An effect as the work of a thread or a process. The only module of this room that loads Effect: it is loaded when there is one.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as Logger from "effect/Logger"
import type { LogLevel, Severity } from "effect/LogLevel"
import { pipeArguments } from "effect/Pipeable"
import { CurrentLogAnnotations, CurrentLoggers, CurrentLogSpans, MinimumLogLevel } from "effect/References"
import * as Scope from "effect/Scope"
import { PartNumber } from "../internal/bridge/Api.ts"
import { formatted } from "../internal/bridge/formatted.ts"
import type { ServiceAPI } from "../internal/bridge/ServiceApi.ts"
import { forkTelling, ServiceRun } from "../ServiceRun.ts"
import type { Line } from "./messages.ts"
import { StopService } from "./StopService.ts"
import { asOne, type Failure, toThere } from "./thrown.ts"

interface Log {
  readonly log: (line: Line) => void
  readonly minimumLogLevel: LogLevel
}

/**
 * Runs the effect until its fiber has exited, and defers the end of its scope. The result is all that it has failed with: nothing,
 * if it has completed or has ended as it was asked to. Never rejects.
 *
 * @internal
 */
export const runEffect = (
  effect: Effect.Effect<unknown, unknown, Scope.Scope>,
  api: ServiceAPI,
  { log, minimumLogLevel }: Log
): Promise<ReadonlyArray<Failure>> =>
  new Promise((resolve) => {
    const ending = new Ending()
    const scope = Scope.makeUnsafe()
    const context = Context.empty().pipe(
      Context.add(Scope.Scope, scope),
      Context.add(ServiceRun, runOf(api, ending)),
      Context.add(PartNumber, api.part),
      Context.add(CurrentLoggers, new Set([logger(log)])),
      Context.add(MinimumLogLevel, minimumLogLevel)
    )
    if (api.signal.aborted) return resolve([])
    const asked = () => ending.ask()
    api.signal.addEventListener("abort", asked)
    const fiber = Effect.runForkWith(context)(effect)
    ending.of(fiber)
    fiber.addObserver((exit) => {
      api.signal.removeEventListener("abort", asked)
      api.defer(async () => {
        const closed = await Effect.runPromiseExitWith(context)(Scope.close(scope, exit))
        if (Exit.isFailure(closed)) throw asOne(failuresIn(closed.cause).map(({ error }) => error))
      })
      resolve(ending.failuresWith(exit))
    })
  })

/** What ends the run before its effect has returned, and what it has failed with. */
class Ending {
  readonly #failures: Array<Failure> = []
  readonly #asked = Deferred.makeUnsafe<void>()
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  #isAsked = false

  /** The first stretch of the fiber may have ended the run. */
  of(fiber: Fiber.Fiber<unknown, unknown>): void {
    this.#fiber = fiber
    if (this.#isAsked) fiber.interruptUnsafe()
  }

  get asked(): Effect.Effect<void> {
    return Deferred.await(this.#asked)
  }

  ask(): void {
    if (this.#isAsked) return
    this.#isAsked = true
    this.#fiber?.interruptUnsafe()
    Deferred.doneUnsafe(this.#asked, Exit.void)
  }

  /** The run has failed, whatever its fiber does. */
  fail(failures: ReadonlyArray<Failure>): void {
    this.#failures.push(...failures)
    this.ask()
  }

  /** Nobody has interrupted a fiber but itself if the run was not asked to end: that is a crash. */
  failuresWith(exit: Exit.Exit<unknown, unknown>): ReadonlyArray<Failure> {
    if (exit._tag === "Failure") {
      this.#failures.push(...failuresIn(exit.cause))
      if (this.#failures.length === 0 && !this.#isAsked) return interrupted(exit.cause)
    }
    return this.#failures
  }
}

const failuresIn = ({ reasons }: Cause.Cause<unknown>): ReadonlyArray<Failure> =>
  reasons.flatMap((reason) => {
    if (reason._tag === "Interrupt") return []
    return [
      reason._tag === "Fail" ? { error: reason.error, isDefect: false } : { error: reason.defect, isDefect: true }
    ]
  })

/** A fiber that was only interrupted is named too. */
const interrupted = (cause: Cause.Cause<unknown>): ReadonlyArray<Failure> => [{
  error: Cause.squash(cause),
  isDefect: true
}]

const runOf = ({ epoch, heartbeat, name, ready, run, unready }: ServiceAPI, ending: Ending): ServiceRun => ({
  name,
  run,
  epoch,
  ready: Effect.sync(ready),
  unready: (reason) => Effect.sync(() => unready(reason)),
  heartbeat: Effect.sync(heartbeat),
  fork: (effect) =>
    forkTelling(effect, (cause, isOwn) => {
      const failures = failuresIn(cause)
      if (failures.length > 0) ending.fail(failures)
      else if (isOwn) ending.fail(interrupted(cause))
    }),
  stop: Effect.suspend(() => {
    ending.fail([{ error: new StopService({ restart: false }), isDefect: false }])
    return Effect.interrupt
  }),
  awaitStop: ending.asked
})

/** Written by hand, as the logger of the governor is: the module `Logger` takes long to load. */
const logger = (log: Log["log"]): Logger.Logger<unknown, void> => ({
  "~effect/Logger": "~effect/Logger",
  log: ({ cause, fiber, logLevel, message }) => {
    const annotations = Object.entries(fiber.getRef(CurrentLogAnnotations))
    const spans = fiber.getRef(CurrentLogSpans)
    const parts: ReadonlyArray<unknown> = Array.isArray(message) ? message : [message]
    log({
      level: logLevel as Severity,
      message: parts.map((part) => formatted(part, [])).join(" "),
      ...(cause.reasons.length > 0 && { causes: causesIn(cause) }),
      ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations.map(plain)) }),
      ...(spans.length > 0 && { spans: Array.from(spans) })
    })
  },
  pipe() {
    return pipeArguments(this, arguments)
  }
})

const causesIn = (cause: Cause.Cause<unknown>) => {
  const failures = failuresIn(cause)
  return (failures.length > 0 ? failures : interrupted(cause)).map(({ error }) => toThere(error))
}

/** What cannot be sent as it is, is sent as a text. */
const plain = ([key, value]: [string, unknown]): [string, string | number | boolean] =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? [key, value]
    : [key, formatted(value, [])]
