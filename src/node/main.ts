/**
 * A program as the process's main: its signals, and its exit code.
 */
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { dual } from "effect/Function"
import * as Runtime from "effect/Runtime"
import { Host } from "../Governor.ts"
import { GovernorClosed } from "../GovernorError.ts"
import * as Option from "../GovernorOption.ts"
import type { ShutdownReason } from "../ShutdownReport.ts"
import { defaultShutdownTimeout, type Governor, logIn, running } from "./governed.ts"
import { grace, hub, type SignalOptions, type Target } from "./process.ts"

/**
 * How a program runs as the process's main.
 *
 * **Details**
 *
 * - `shutdownTimeout`: how long a shutdown may take as a whole, that of each governor which says nothing itself and
 *   that of the program around them. Default: 25 seconds, for Kubernetes kills after 30; `"Infinity"`: no limit
 * - `disableErrorReporting`: do not log what the program fails with. Default: false
 * - `teardown`: how the program's exit becomes an exit code. Default: Effect's, and 0 for a clean stop by a signal
 *
 * **Example** (Less time, and uncaught errors too)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as GovernorNode from "effect-governor/node"
 * import * as Effect from "effect/Effect"
 *
 * const options: GovernorNode.RunOptions = { shutdownTimeout: "8 seconds", catchUncaught: true }
 *
 * Governor.launch(Governor.service("greeter", Effect.logInfo("hello"))).pipe(GovernorNode.runMain(options))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface RunOptions extends SignalOptions {
  readonly shutdownTimeout?: Duration.Input | undefined
  readonly disableErrorReporting?: boolean | undefined
  readonly teardown?: Runtime.Teardown | undefined
}

const keys = ["catchUncaught", "shutdownTimeout", "disableErrorReporting", "teardown"]

/**
 * Runs a program as the process's main, on Effect's own runner, and shuts its governors down on a signal.
 *
 * **Details**
 *
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT (SIGBREAK on Windows) end the program too: one that waits for a governor's
 * shutdown goes on from there, any other is interrupted. The same signal again, a second later, ends the process with
 * 128 + its number.
 *
 * A program that goes on has what is left of `shutdownTimeout`, also where something else runs beside the governor: then
 * it is interrupted, and a second later the process ends without it, with 1.
 *
 * The exit code is 0 when the program ends well, also by a signal, and 1 when it fails or a governor's report is not
 * `ok`, unless you have set `process.exitCode`.
 *
 * **Gotchas**
 *
 * What the program fails with is logged by the default logger, for the program's own is gone by then: with a log of your
 * own, log the cause inside, and set `disableErrorReporting`.
 *
 * **Example** (A process of services)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as GovernorNode from "effect-governor/node"
 * import * as Effect from "effect/Effect"
 *
 * const Services = Governor.service("greeter", Effect.logInfo("hello"))
 *
 * Governor.launch(Services).pipe(GovernorNode.runMain)
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const runMain: {
  (options?: RunOptions): <A, E>(effect: Effect.Effect<A, E>) => void
  <A, E>(effect: Effect.Effect<A, E>, options?: RunOptions): void
} = dual((args) => Effect.isEffect(args[0]), <A, E>(effect: Effect.Effect<A, E>, options: RunOptions = {}): void => {
  const { disableErrorReporting, shutdownTimeout, teardown } = Option.known("options", options, keys)
  const timeout = Option.timeoutMillis("shutdownTimeout", shutdownTimeout ?? defaultShutdownTimeout)
  const main = new Main(timeout, teardown ?? Runtime.defaultTeardown)
  const run = Runtime.makeRunMain(({ fiber }) => main.run(fiber, options))
  const program = Effect.catchCauseIf(effect, main.forgives, () => Effect.interrupt)
  run(Effect.provideService(program, Host, main.host), { disableErrorReporting })
})

/** One program, its governors, and how it is ended. */
class Main implements Target {
  readonly #timeout: number
  readonly #teardown: Runtime.Teardown
  readonly #governors = new Set<Governor>()
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** Why it is to end. */
  #reason: ShutdownReason | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(timeout: number, teardown: Runtime.Teardown) {
    this.#timeout = timeout
    this.#teardown = teardown
  }

  run(fiber: Fiber.Fiber<unknown, unknown>, { catchUncaught }: RunOptions): void {
    const stops = [hub.stayUp(), hub.listen(this, { catchUncaught })]
    this.#fiber = fiber
    this.#ended = new Promise((resolve) => {
      fiber.addObserver((exit) => {
        // Of governors whose scope nobody has closed.
        const shutdowns = Array.from(
          this.#governors,
          (governor) => Effect.runPromise(governor.shutdown).then((report) => hub.conclude(report))
        )
        void Promise.all(shutdowns).then(() => {
          stops.forEach((stop) => stop())
          this.#exitWith(exit)
          resolve()
        })
      })
    })
  }

  readonly host: Host = {
    enter: (governor) => {
      this.#governors.add(governor)
      governor.door.limitShutdown(this.#timeout)
      if (this.#reason !== undefined) Effect.runFork(governor.shutdownWith(this.#reason))
      return (report) => {
        this.#governors.delete(governor)
        hub.conclude(report)
      }
    },
    reason: () => this.#reason
  }

  shutdown(reason: ShutdownReason): Promise<void> {
    if (this.#reason === undefined) void this.#leave(this.#reason = reason)
    else if (reason._tag === "Signal") this.log("Info", `received ${reason.signal}, already shutting down`)
    return this.#ended
  }

  running(): ReadonlyArray<string> {
    return Array.from(this.#governors).flatMap(running)
  }

  log(...line: Parameters<Target["log"]>): void {
    logIn(this.#fiber!.context)(...line)
  }

  /**
   * A program that waits for a governor goes on with its report, for as long as the timeout says. Any other is interrupted:
   * its scopes close in order, its governors with them.
   */
  async #leave(reason: ShutdownReason): Promise<void> {
    const deadline = performance.now() + this.#timeout
    const governors = Array.from(this.#governors).filter(({ door }) => !door.isClosed())
    if (governors.length === 0 && reason._tag === "Signal") this.log("Info", `received ${reason.signal}: leaving`)
    if (!governors.some(({ door }) => door.isAwaited())) this.#fiber!.interruptUnsafe()
    await shutDown(governors, reason, deadline)
    if (this.#timeout === Infinity) return
    await pass(Math.max(deadline - performance.now(), grace))
    this.#fiber!.interruptUnsafe()
    await pass(grace)
    if (this.#fiber!.pollUnsafe() !== undefined) return
    this.log("Error", "the program has not ended in time: leaving without it")
    process.exitCode ??= 1
    process.exit()
  }

  /** What was to be added after a signal is no failure of the program. */
  readonly forgives = (cause: Cause.Cause<unknown>): boolean =>
    this.#reason !== undefined &&
    cause.reasons.every((reason) =>
      reason._tag === "Interrupt" || (reason._tag === "Fail" ? reason.error : reason.defect) instanceof GovernorClosed
    )

  #exitWith(exit: Exit.Exit<unknown, unknown>): void {
    const isStop = this.#reason !== undefined && exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)
    const leave = (code: number) => {
      if (code !== 0) process.exitCode ??= code
      if (code !== 0 || this.#reason !== undefined) hub.leaveSoon()
    }
    if (isStop && this.#teardown === Runtime.defaultTeardown) leave(0)
    else this.#teardown(exit, leave)
  }
}

/** All at once, but what others are built on after these; within what is left of the time. */
const shutDown = async (governors: ReadonlyArray<Governor>, reason: ShutdownReason, deadline: number) => {
  let open = governors
  while (open.length > 0) {
    const top = open.filter(({ door }) => !open.some((other) => other.door.below === door))
    await Promise.all(top.map((governor) => {
      governor.door.limitShutdown(Math.max(deadline - performance.now(), 0))
      return Effect.runPromise(governor.shutdownWith(reason))
    }))
    open = open.filter((governor) => !top.includes(governor))
  }
}

/** Time, which does not hold the process; a timer of more than this would fire at once. */
const pass = (millis: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, Math.min(millis, 2 ** 31 - 1)).unref())
