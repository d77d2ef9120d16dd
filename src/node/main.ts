/**
 * Runs a program as the main program of the process, with signals and an exit code.
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
import { durationInWords } from "../internal/input/durationInWords.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import * as Report from "../ShutdownReport.ts"
import { grace } from "./decisions.ts"
import { Code, codeOfMember, codeOfProgram, isByCause, worst } from "./exitCode.ts"
import { defaultShutdownTimeout, type Governor, holdUpInProgram, logIn } from "./governed.ts"
import type { Hub } from "./Hub.ts"
import { makeMember, type Member, type Target } from "./HubState.ts"
import { processHub } from "./process.ts"
import { keys as signalKeys, type Settings, settingsOf, type SignalOptions } from "./signals.ts"

/**
 * The options of `runMain`.
 *
 * **Details**
 *
 * - `shutdownTimeout`: how long a whole shutdown may take. The limit applies to each governor that has no
 *   `shutdownTimeout` of its own, and to the program around the governors. A governor with a longer one of its own has
 *   that time, and the program then has one second more. Default: 25 seconds, because Kubernetes
 *   kills the process after 30; `"Infinity"`: no limit
 * - `disableErrorReporting`: if true, the error of the program is not logged. Default: false
 * - `teardown`: how the exit of the program becomes an exit code. Default: Effect's, except that a clean stop by a
 *   signal gives 0, and a program that was interrupted after its `shutdownTimeout` gives 1. A `teardown` of your own has
 *   the last word: `exitCodes` then does not change its code
 *
 * **Example** (Less time, and uncaught errors)
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

const keys = [...signalKeys, "shutdownTimeout", "disableErrorReporting", "teardown"]

/**
 * Runs a program as the main program of the process, on Effect's own runner. A signal shuts its governors down.
 *
 * **Details**
 *
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT (SIGBREAK on Windows), or the `signals`, also end the program. A program that
 * waits for the shutdown of a governor goes on after the shutdown. Any other program is interrupted. If the same signal
 * comes again, a second later or more (`again`), the process ends with 128 + its number.
 *
 * A program that goes on may take the rest of `shutdownTimeout`, also for work that it does beside the governor. What is
 * still going on after that time is interrupted, the log says so, and the exit code is 1. If the program has not ended one
 * second later, the process ends without it, also with 1.
 *
 * The exit of the program decides the exit code, as with Effect's own runner: 0 when the program ends well, also after a
 * signal, and 1 when it fails. `Governor.launch` fails when a significant service has failed. A report that is not `ok`
 * is no failure of the program; look at `ok`, and fail, if it shall be one. If a run has not settled as the process
 * leaves, the code is 1. If you have set `process.exitCode`, that code is kept. With `exitCodes: "cause"`, other codes say
 * why, and a report that is not `ok` counts too.
 *
 * After a signal, the log names one second after the end of the program what else keeps the process up. When
 * `shutdownTimeout` is over, counted from the signal, the process exits all the same. After a failure of the program it
 * exits after that second. The channel to a parent process never keeps the process up once the program has ended.
 *
 * **Gotchas**
 *
 * The error of the program is logged by the default logger, because the loggers of the program no longer exist at that
 * point. If you have your own logger, log the cause inside the program, and set `disableErrorReporting`.
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
  const settings = settingsOf(options)
  const timeout = Option.timeoutMillis("shutdownTimeout", shutdownTimeout ?? defaultShutdownTimeout)
  const main = new Main(timeout, settings, teardown ?? Runtime.defaultTeardown)
  const run = Runtime.makeRunMain(({ fiber }) => main.run(fiber))
  const program = Effect.catchCauseIf(effect, main.forgives, () => Effect.interrupt)
  run(Effect.provideService(program, Host, main.host), { disableErrorReporting })
})

/** One program with its governors, and the way it is ended. */
class Main implements Target {
  readonly #hub: Hub = processHub()
  readonly #member = makeMember(this, { isProgram: true })
  readonly #timeout: number
  readonly #settings: Settings
  readonly #teardown: Runtime.Teardown
  readonly #governors = new Map<Governor, Member>()
  /** The code for the governors that were closed since the last time that none was there. */
  #endsCode = 0
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** Why the program has to end; undefined while it does not have to. */
  #reason: Report.ShutdownReason | undefined
  /** Whether the program was interrupted because it went on for too long. */
  #isCutOff = false
  #ended: Promise<void> = Promise.resolve()

  constructor(timeout: number, settings: Settings, teardown: Runtime.Teardown) {
    this.#timeout = timeout
    this.#settings = settings
    this.#teardown = teardown
  }

  run(fiber: Fiber.Fiber<unknown, unknown>): void {
    this.#fiber = fiber
    this.#ended = new Promise((resolve) => {
      fiber.addObserver((exit) => {
        // A governor that is left here has a scope that nobody has closed.
        const shutdowns = Array.from(this.#governors.keys(), (governor) => Effect.runPromise(governor.shutdown))
        void Promise.all(shutdowns).then(() => {
          this.#hub.ends(
            this.#member,
            Report.make(this.#reason ?? { _tag: "AllOver" }, 0, Report.endsOf([], new Map()))
          )
          this.#exitWith(exit)
          resolve()
        })
      })
    })
    this.#hub.begins(this.#member)
    this.#hub.catches(this.#member, this.#settings)
  }

  readonly host: Host = {
    enter: (governor) => {
      if (this.#governors.size === 0) this.#triesAgain()
      const member = holdUpInProgram(governor, this.log, this.#hub, this.#settings)
      this.#governors.set(governor, member)
      governor.door.limitShutdown(this.#timeout)
      if (this.#reason !== undefined) Effect.runFork(governor.shutdownWith(this.#reason))
      return () => {
        this.#endsCode = worst([this.#endsCode, codeOfMember(member)])
        this.#governors.delete(governor)
      }
    },
    reason: () => this.#reason
  }

  #triesAgain(): void {
    this.#endsCode = 0
    this.#hub.triesAgain(this.#member)
  }

  shutdown(reason: Report.ShutdownReason): Promise<void> {
    if (this.#reason === undefined) void this.#leave(this.#reason = reason)
    return this.#ended
  }

  reason(): Report.ShutdownReason | undefined {
    return this.#reason
  }

  shutdownTimeout(): number {
    return this.#timeout
  }

  /** The governors of the program speak for their services. */
  running(): ReadonlyArray<string> {
    return []
  }

  unsettled(): ReadonlyArray<string> {
    return []
  }

  readonly log: Target["log"] = (...line) => logIn(this.#fiber!.context)(...line)

  /**
   * Ends the program. A program that waits for a governor goes on with the report, until the timeout is over. Any other
   * program is interrupted, so its scopes close in order, and its governors with them.
   */
  async #leave(reason: Report.ShutdownReason): Promise<void> {
    const deadline = performance.now() + this.#timeout
    const governors = Array.from(this.#governors.keys()).filter(({ door }) => !door.isClosed())
    if (governors.length === 0 && reason._tag === "Signal") {
      this.log("Info", `received ${reason.signal}: ending the program`)
    }
    const goesOn = governors.some(({ door }) => door.isAwaited())
    if (!goesOn) this.#fiber!.interruptUnsafe()
    await shutDown(governors, reason, deadline)
    if (this.#timeout === Infinity) return
    await pass(Math.max(deadline - performance.now(), grace))
    this.#cutOff(goesOn)
    await pass(grace)
    if (this.#hasEnded()) return
    this.log("Error", `${this.#late()}, nor after an interruption: exiting without it`)
    process.exitCode ??= this.#isByCause() ? Code.abandoned : Code.failure
    process.exit()
  }

  /** The time of the program is over. If the program was to go on until now, it is told what becomes of it. */
  #cutOff(goesOn: boolean): void {
    if (this.#hasEnded()) return
    this.#isCutOff = goesOn
    if (goesOn) this.log("Error", `${this.#late()}: interrupting it`)
    this.#fiber!.interruptUnsafe()
  }

  #hasEnded(): boolean {
    return this.#fiber!.pollUnsafe() !== undefined
  }

  #late(): string {
    return `the program did not end within its shutdownTimeout (${durationInWords(this.#timeout)})`
  }

  /** Whether the program failed only because a service was added after a signal. That is no failure of the program. */
  readonly forgives = (cause: Cause.Cause<unknown>): boolean =>
    this.#reason !== undefined &&
    cause.reasons.every((reason) =>
      reason._tag === "Interrupt" || (reason._tag === "Fail" ? reason.error : reason.defect) instanceof GovernorClosed
    )

  #exitWith(exit: Exit.Exit<unknown, unknown>): void {
    const isStop = this.#reason !== undefined && exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)
    const error = isStop || exit._tag === "Success" ? undefined : Cause.squash(exit.cause)
    const leave = (code: number) => {
      if (code === 0) return this.#hub.succeeds(this.#member)
      process.exitCode ??= code
      this.#hub.fails(this.#member, error)
    }
    if (this.#teardown !== Runtime.defaultTeardown) return this.#teardown(exit, leave)
    if (isStop && this.#isCutOff) return leave(this.#isByCause() ? Code.abandoned : Code.failure)
    if (isStop) leave(this.#codeFor(0, error))
    else this.#teardown(exit, (code) => leave(this.#codeFor(code, error)))
  }

  /** The exit code of the process, if the exit of the program gives this one. */
  #codeFor(code: number, error: unknown): number {
    if (!this.#isByCause()) return code
    const ends = worst([this.#endsCode, ...Array.from(this.#governors.values(), codeOfMember)])
    return codeOfProgram({ code, ends, error, hasRun: this.#hub.hasRun() })
  }

  #isByCause(): boolean {
    return isByCause(this.#member)
  }
}

/**
 * Shuts down all governors within the rest of the time. Governors that are built on others shut down first; independent
 * governors shut down together.
 */
const shutDown = async (governors: ReadonlyArray<Governor>, reason: Report.ShutdownReason, deadline: number) => {
  let open = governors
  while (open.length > 0) {
    const top = open.filter(({ door }) => !open.some((governor) => governor.door.below === door))
    await Promise.all(top.map((governor) => {
      governor.door.limitShutdown(Math.max(deadline - performance.now(), 0))
      return Effect.runPromise(governor.shutdownWith(reason))
    }))
    open = open.filter((governor) => !top.includes(governor))
  }
}

/** Waits without keeping the process up. A timer of 2^31 ms or more would fire at once, so the time is capped. */
const pass = (millis: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, Math.min(millis, 2 ** 31 - 1)).unref())
