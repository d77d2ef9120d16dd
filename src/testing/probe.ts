/**
 * Services that do as a test says.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Service from "../Service.ts"
import type { ServiceAPI } from "../ServiceApi.ts"
import { ServiceRun } from "../ServiceRun.ts"

/**
 * What a test says to a service that does nothing else, and what it is told of it.
 *
 * **Details**
 *
 * - `runs`: how many have begun; `log`: what happened to it, `"begin"` or `"interrupted"`, for each run
 * - `ready()`: it says that it is ready; needed only with `readiness: "manual"`
 * - `complete()`, `crash(error?)`: how its run ends
 * - `hang()`: from now on it says nothing of being alive, and does not end when it is asked to
 * - `release()`: the end of that; a run that was asked to end meanwhile ends now
 *
 * With a `heartbeatTimeout` it says that it is alive, until it hangs.
 *
 * **Gotchas**
 *
 * `ready`, `complete` and `crash` throw when it has no run: start it first, or let its restart delay pass.
 *
 * **Example** (A service that others depend on)
 *
 * ```ts
 * import { type Probe, TestGovernor } from "effect-governor/testing"
 *
 * const test = new TestGovernor()
 * const database: Probe = test.probe("database", { readiness: "manual" })
 * const web: Probe = test.probe("web", { dependsOn: ["database"] })
 * test.start()
 * console.log(database.runs, web.runs) // 1 0
 * database.ready()
 * console.log(web.runs) // 1
 * await test.shutdown()
 * console.log(web.log) // [ 'begin', 'interrupted' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Probe<in E = unknown> {
  readonly name: string
  readonly runs: number
  readonly log: ReadonlyArray<string>
  ready(): void
  complete(): void
  crash(error?: E): void
  hang(): void
  release(): void
}

/** How its run ends. */
interface End {
  readonly complete: () => void
  readonly fail: (error: unknown) => void
  readonly die: (error: unknown) => void
}

interface Live extends End {
  readonly ready: () => void
}

export class Commands<in E> implements Probe<E> {
  readonly name: string
  readonly log: Array<string> = []
  runs = 0
  hangs = false
  #live: Live | undefined
  /** It was asked to end, and hangs. */
  #isLate = false

  constructor(name: string) {
    this.name = name
  }

  ready(): void {
    this.#run("ready").ready()
  }

  complete(): void {
    this.#end("complete").complete()
  }

  /** Without an error it dies: a failure would have to be of the service's type. */
  crash(error?: E): void {
    const end = this.#end("crash")
    if (error === undefined) end.die(new Error(`the test let "${this.name}" crash`))
    else end.fail(error)
  }

  hang(): void {
    this.hangs = true
  }

  release(): void {
    this.hangs = false
    if (this.#isLate) this.complete()
  }

  // --- told by the door ---

  begin(live: Live): void {
    this.runs++
    this.log.push("begin")
    this.#live = live
    this.#isLate = false
  }

  /** The run is to end: when it does is told to `end`. */
  interrupted(live: Live, end: End): void {
    if (this.#live !== live) return // it was over
    this.log.push("interrupted")
    this.#live = { ...end, ready: live.ready }
    this.#isLate = true
    if (!this.hangs) this.complete()
  }

  #run(command: string): Live {
    if (this.#live !== undefined) return this.#live
    throw new Error(`The probe "${this.name}" has no run that could ${command}`)
  }

  #end(command: string): End {
    const live = this.#run(command)
    this.#live = undefined
    this.#isLate = false
    return live
  }
}

/**
 * A service that does as a test says: it is a `Service`, and a `Probe`.
 *
 * **Details**
 *
 * What it crashes with is a failure, of the type that is asked for: `probe<Unavailable>("upstream")`. `crash()` alone is a
 * defect.
 *
 * **Example** (A limit of restarts)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import { probe } from "effect-governor/testing"
 * import * as Effect from "effect/Effect"
 * import * as TestClock from "effect/testing/TestClock"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   const web = probe("web", { restart: RestartPolicy.onFailure("1 second", { maxRestarts: 1 }) })
 *   const { status } = yield* governor.add(web)
 *   yield* governor.start
 *   web.crash()
 *   yield* TestClock.adjust("1 second")
 *   web.crash()
 *   return (yield* status)._tag
 * })
 *
 * console.log(await Effect.runPromise(Effect.provide(Effect.scoped(program), TestClock.layer()))) // Failed
 * ```
 *
 * @since 0.1.0
 * @category testing
 */
export const probe = <E = unknown>(name: string, options?: Service.Options): Service.Service<E> & Probe<E> => {
  const commands = new Commands<E>(name)
  const wait = Effect.flatMap(ServiceRun, ({ ready }) =>
    Effect.callback<void, E>((resume) => {
      const live: Live = {
        complete: () => resume(Effect.void),
        fail: (error) => resume(Effect.fail(error as E)),
        die: (error) => resume(Effect.die(error)),
        ready: () => Effect.runSync(ready)
      }
      commands.begin(live)
      return Effect.callback<void>((resume) =>
        commands.interrupted(live, { complete: () => resume(Effect.void), fail: die(resume), die: die(resume) })
      )
    }))
  const say = Effect.suspend(() => commands.hangs ? Effect.void : ServiceRun.heartbeat)
  const beat = Effect.suspend(() => Effect.delay(say, beatOf(options)))
  const run = options?.heartbeatTimeout === undefined
    ? wait
    : Effect.andThen(Effect.forkChild(Effect.forever(beat)), wait)
  return Object.assign(commands, Service.make(name, run, options))
}

/** What is asked to end cannot fail any more. */
const die = (resume: (effect: Effect.Effect<void>) => void) => (error: unknown) => resume(Effect.die(error))

/** The same for a governor of plain TypeScript. */
export const promised = (
  commands: Commands<unknown>,
  options: { readonly heartbeatTimeout?: Duration.Input | undefined } | undefined
) =>
(api: ServiceAPI): Promise<void> => {
  const beat = async () => {
    while (!(await api.sleep(beatOf(options)))) if (!commands.hangs) api.heartbeat()
  }
  if (options?.heartbeatTimeout !== undefined) void beat()
  return new Promise((complete, reject) => {
    const live: Live = { complete, fail: reject, die: reject, ready: api.ready }
    commands.begin(live)
    api.signal.addEventListener("abort", () => commands.interrupted(live, live))
  })
}

/** Twice in the time. */
const beatOf = (options: { readonly heartbeatTimeout?: Duration.Input | undefined } | undefined): number =>
  Duration.toMillis(Duration.fromInputUnsafe(options?.heartbeatTimeout ?? "Infinity")) / 2
