/**
 * The object that `run` of a plain TypeScript service receives.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { MinimumLogLevel } from "effect/References"
import type { ServiceRun } from "../../ServiceRun.ts"
import { formatted } from "./formatted.ts"
import type { ServiceAPI } from "./ServiceApi.ts"

/** The parts of a run that its object needs. */
interface Run {
  readonly context: Context.Context<never>
  readonly host: ServiceRun
  readonly signal: AbortSignal
  sleep(duration: Duration.Input): Promise<boolean>
  until<A>(promise: A): Promise<Awaited<A>>
  defer(close: () => unknown): void
  fork(effect: Effect.Effect<void>): void
}

/** Whether the log hears what services write at the level debug, whatever the minimum level of the governor's lines is. */
export const HearsDebug = /* @__PURE__ */ Context.Reference<boolean>("effect-governor/HearsDebug", {
  defaultValue: () => false
})

/** The number of the part that a service is, or is in; undefined if it is in one piece. */
export const PartNumber = /* @__PURE__ */ Context.Reference<number | undefined>("effect-governor/PartNumber", {
  defaultValue: () => undefined
})

const debug = (message: string) => Effect.provideService(Effect.logDebug(message), MinimumLogLevel, "Debug")

/** Getters, not fields: nothing is made before it is asked for, and what is taken off the object still works. */
export class Api implements ServiceAPI {
  readonly #run: Run

  static contextOf(api: ServiceAPI): Context.Context<never> | undefined {
    return #run in api ? api.#run.context : undefined
  }

  constructor(run: Run) {
    this.#run = run
  }
  get name() {
    return this.#run.host.name
  }
  get run() {
    return this.#run.host.run
  }
  get epoch() {
    return this.#run.host.epoch
  }
  get part() {
    return Context.get(this.#run.context, PartNumber)
  }
  get context() {
    return this.#run.signal
  }
  get signal() {
    return this.#run.signal
  }
  get sleep() {
    return (duration: Duration.Input) => this.#run.sleep(duration)
  }
  get until() {
    return <A>(promise: A) => this.#run.until(promise)
  }
  get defer() {
    return (close: () => unknown) => this.#run.defer(close)
  }
  get log(): ServiceAPI["log"] {
    return Object.assign(this.lines(Effect.logInfo), {
      debug: this.lines(Context.get(this.#run.context, HearsDebug) ? debug : Effect.logDebug),
      warn: this.lines(Effect.logWarning),
      error: this.lines(Effect.logError)
    })
  }
  get ready() {
    return () => this.#run.fork(this.#run.host.ready)
  }
  get unready() {
    return (reason?: string) => this.#run.fork(this.#run.host.unready(reason))
  }
  get heartbeat() {
    return () => this.#run.fork(this.#run.host.heartbeat)
  }

  private lines(log: (message: string) => Effect.Effect<void>) {
    return (format: unknown, ...args: ReadonlyArray<unknown>) => this.#run.fork(log(formatted(format, args)))
  }
}

/** What the run behind it runs in; undefined for one that was made by hand, as in a test. */
export const contextOf = (api: ServiceAPI): Context.Context<never> | undefined => Api.contextOf(api)
