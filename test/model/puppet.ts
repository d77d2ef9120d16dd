/** Services that do as they are told: their runs end when the test says so, and by default at once when they are asked to. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type Probe, RestartPolicy, Service, ServiceRun } from "../../src/index.ts"
import { type Delay, every, failures, type Options, type Policy } from "./commands.ts"

type Ended = Exit.Exit<void, string>

/** How many runs there are of one name, and how many there were at the most. */
export interface Tally {
  runs: number
  most: number
}

const count = (tally: Tally, by: number): void => {
  tally.runs += by
  tally.most = Math.max(tally.most, tally.runs)
}

/** What a puppet does to others, and where its runs are counted. */
export interface Hands {
  readonly tally: Tally
  /** Called first of all in each run. */
  readonly begun: () => void
  /** What a run does before it ends, once it is asked to. */
  readonly ending: Effect.Effect<void>
}

export class Puppet {
  readonly service: Service.Service<string>
  #begun = 0
  #hangs = false
  /** Whether the checks of its probe succeed. */
  isWell = true
  /** The run, or its finalizer, waits until it is told to end. */
  #waits = false
  #wasAsked = false
  #ready: Effect.Effect<void> = Effect.void
  #unready: Effect.Effect<void> = Effect.void
  #readyLate: Effect.Effect<void> = Effect.void
  #beat: Effect.Effect<void> = Effect.void
  readonly #options: Options
  readonly #hands: Hands
  #end: (exit: Ended) => void = () => {}

  constructor(name: string, options: Options, hands: Hands) {
    this.#options = options
    this.#hands = hands
    const { bindsTo, dependsOn = [], heartbeatTimeout, readiness = "automatic", restart, startTimeout, stopTimeout } =
      options
    this.service = Service.make(name, options.closing === undefined ? this.#counted : this.#closed, {
      restart: restart === "inherited" ? undefined : policyOf(restart),
      dependsOn,
      bindsTo,
      readiness: options.probe === "readiness" ? this.#probe : readiness,
      liveness: options.probe === "liveness" ? this.#probe : undefined,
      startTimeout,
      heartbeatTimeout,
      significant: options.significant,
      removeWhenOver: options.removeWhenOver,
      stopTimeout
    })
  }

  get #probe(): Probe.Probe {
    return { check: Effect.suspend(() => this.isWell ? Effect.void : Effect.fail("sick")), every, failures }
  }

  /** A run without a scope. */
  get #counted(): Effect.Effect<void, string> {
    return Effect.acquireUseRelease(this.#enter, () => this.#run, () => this.#leave)
  }

  /** A run with a scope, whose finalizer takes its time. The run counts until that is done. */
  get #closed(): Effect.Effect<void, string, Scope.Scope> {
    return Effect.acquireRelease(this.#enter, () => this.#leave).pipe(
      Effect.andThen(Effect.addFinalizer(() => this.#close)),
      Effect.andThen(this.#run)
    )
  }

  get #enter(): Effect.Effect<void> {
    return Effect.sync(() => {
      this.#waits = this.#wasAsked = false
      count(this.#hands.tally, 1)
      this.#hands.begun()
    }).pipe(Effect.andThen(this.#mortal))
  }

  get #mortal(): Effect.Effect<void> {
    if (this.#options.mortal !== true) return Effect.void
    return ServiceRun.use(({ mortal }) => Effect.sync(() => mortal?.(() => this.release())))
  }

  get #leave(): Effect.Effect<void> {
    return Effect.sync(() => count(this.#hands.tally, -1))
  }

  get #run(): Effect.Effect<void, string> {
    return Effect.suspend(() => ++this.#begun <= (this.#options.stumbles ?? 0) ? Effect.fail("stumbled") : this.#body)
  }

  get #body(): Effect.Effect<void, string> {
    return ServiceRun.use(({ heartbeat, ready, unready }) =>
      Effect.callback<void, string>((resume) => {
        this.#readyLate = this.#ready
        this.#ready = ready
        this.#unready = unready("busy")
        this.#beat = heartbeat
        this.#hangs = this.#options.stubborn === true
        this.#end = resume
        return Effect.suspend(() => {
          this.#wasAsked = true
          this.#end = () => {}
          return this.#hangs ? this.#hung : this.#hands.ending
        })
      })
    )
  }

  /** Only a run that ended by itself has something to close. */
  get #close(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { closing = 0 } = this.#options
      if (this.#wasAsked) return Effect.void
      return closing === "hangs" ? this.#hung : Effect.sleep(closing)
    })
  }

  /** It waits until it is told to end. */
  get #hung(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      this.#waits = true
      this.#end = (exit) => resume(Effect.orDie(exit))
    })
  }

  get ready(): Effect.Effect<void> {
    return Effect.suspend(() => this.#ready)
  }

  get unready(): Effect.Effect<void> {
    return Effect.suspend(() => this.#unready)
  }

  /** The run before the latest says that it is ready. */
  get readyLate(): Effect.Effect<void> {
    return Effect.suspend(() => this.#readyLate)
  }

  get beat(): Effect.Effect<void> {
    return Effect.suspend(() => this.#beat)
  }

  hang(): void {
    this.#hangs = true
  }

  /** Obeys from now on, and so ends if it waits for that. */
  release(): void {
    this.#hangs = false
    if (this.#waits) this.#end(Exit.void)
  }

  end(exit: Ended): void {
    this.#end(exit)
  }
}

export const policyOf = (policy: Policy | undefined): RestartPolicy.RestartPolicy => {
  if (policy === undefined) return RestartPolicy.never
  const { _tag, delay, ...limits } = policy
  return _tag === "Always"
    ? RestartPolicy.always(delayOf(delay), limits)
    : RestartPolicy.onFailure(delayOf(delay), limits)
}

const delayOf = (delay: Delay): RestartPolicy.Delay =>
  delay === "doubling" ? Schedule.exponential("100 millis").pipe(Schedule.upTo({ times: 3 })) : delay
