/** Services that do as they are told: their runs end when the test says so, and by default at once when they are asked to. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import { RestartPolicy, Service, ServiceRun } from "../../src/index.ts"
import type { Delay, Options, Policy } from "./commands.ts"

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

export class Puppet {
  readonly service: Service.Service<string>
  #begun = 0
  #hangs = false
  #wasAsked = false
  #ready: Effect.Effect<void> = Effect.void
  #readyLate: Effect.Effect<void> = Effect.void
  #beat: Effect.Effect<void> = Effect.void
  readonly #stubborn: boolean
  #end: (exit: Ended) => void = () => {}

  /** `begun` is called first of all in each run. */
  constructor(name: string, options: Options, tally: Tally, begun: () => void) {
    const {
      dependsOn = [],
      heartbeatTimeout,
      readiness = "automatic",
      restart,
      significant,
      startTimeout,
      stopTimeout,
      stubborn,
      stumbles = 0
    } = options
    this.#stubborn = stubborn === true
    const run = Effect.acquireUseRelease(
      Effect.sync(() => {
        count(tally, 1)
        begun()
      }),
      () => ++this.#begun <= stumbles ? Effect.fail("stumbled") : this.#run,
      () => Effect.sync(() => count(tally, -1))
    )
    this.service = Service.make(name, run, {
      restart: restart === "inherited" ? undefined : policyOf(restart),
      dependsOn,
      readiness,
      startTimeout,
      heartbeatTimeout,
      significant: significant === true,
      stopTimeout
    })
  }

  get #run(): Effect.Effect<void, string> {
    return ServiceRun.use(({ heartbeat, ready }) =>
      Effect.callback<void, string>((resume) => {
        this.#readyLate = this.#ready
        this.#ready = ready
        this.#beat = heartbeat
        this.#hangs = this.#stubborn
        this.#wasAsked = false
        this.#end = resume
        return Effect.suspend(() => this.#hangs ? this.#hung : Effect.void)
      })
    )
  }

  /** It was asked to end, and waits until it is told. */
  get #hung(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      this.#wasAsked = true
      this.#end = (exit) => resume(Effect.orDie(exit))
    })
  }

  get ready(): Effect.Effect<void> {
    return Effect.suspend(() => this.#ready)
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

  /** Obeys from now on, and so ends if it was asked to. */
  release(): void {
    this.#hangs = false
    if (this.#wasAsked) this.#end(Exit.void)
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
