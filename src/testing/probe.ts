/**
 * Services that a test controls.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ServiceAPI } from "../internal/bridge/ServiceApi.ts"
import * as Service from "../Service.ts"
import { ServiceRun } from "../ServiceRun.ts"

/**
 * A service that does only what the test commands, and records what happens to it.
 *
 * **Details**
 *
 * - `runs`: how many runs have begun. `log`: what happened to each run, `"begin"` or `"interrupted"`
 * - `ready()`: the run says that it is ready. Needed only with `readiness: "manual"`, and after `unready`
 * - `unready(reason?)`: the run says that it is not ready for now
 * - `complete()`, `crash(error?)`: end the run
 * - `hang()`: from now on the service gives no heartbeat, and does not end when it is asked to
 * - `release()`: ends the hang. A run that was asked to end meanwhile ends now
 *
 * With a `heartbeatTimeout`, the service gives heartbeats until it hangs.
 *
 * **Gotchas**
 *
 * `ready`, `unready`, `complete` and `crash` throw when the service has no run. Start the service first, or let its restart delay
 * pass.
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
  unready(reason?: string): void
  complete(): void
  crash(error?: E): void
  hang(): void
  release(): void
}

/** The ways to end a run. */
interface End {
  readonly complete: () => void
  readonly fail: (error: unknown) => void
  readonly die: (error: unknown) => void
}

interface Live extends End {
  readonly ready: () => void
  readonly unready: (reason?: string) => void
}

/** @internal */
export class Commands<in E> implements Probe<E> {
  readonly name: string
  readonly log: Array<string> = []
  runs = 0
  hangs = false
  #live: Live | undefined
  /** Whether the run was asked to end and hangs. */
  #isLate = false

  constructor(name: string) {
    this.name = name
  }

  ready(): void {
    this.#run("ready").ready()
  }

  unready(reason?: string): void {
    this.#run("unready").unready(reason)
  }

  complete(): void {
    this.#end("complete").complete()
  }

  /** Without an error the run dies, because a failure would have to be of the error type of the service. */
  crash(error?: E): void {
    const end = this.#end("crash")
    if (error === undefined) end.die(new Error(`the test called crash() of the probe "${this.name}"`))
    else end.fail(error)
  }

  hang(): void {
    this.hangs = true
  }

  release(): void {
    this.hangs = false
    if (this.#isLate) this.complete()
  }

  // --- called by the service ---

  begin(live: Live): void {
    this.runs++
    this.log.push("begin")
    this.#live = live
    this.#isLate = false
  }

  /** The run was asked to end. From now on, `end` ends it. */
  interrupted(live: Live, end: End): void {
    if (this.#live !== live) return // this run is over already
    this.log.push("interrupted")
    this.#live = { ...live, ...end }
    this.#isLate = true
    if (!this.hangs) this.complete()
  }

  #run(command: string): Live {
    if (this.#live !== undefined) return this.#live
    const remedy = "start the service, or let its restart delay pass"
    throw new Error(`${command}() needs a run, and the probe "${this.name}" has none: ${remedy}`)
  }

  #end(command: string): End {
    const live = this.#run(command)
    this.#live = undefined
    this.#isLate = false
    return live
  }
}

/**
 * A service that a test controls. It is a `Service` and a `Probe`.
 *
 * **Details**
 *
 * `crash(error)` is a failure of the given type: `probe<Unavailable>("upstream")`. `crash()` without an error is a
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
  const wait = Effect.flatMap(ServiceRun, ({ ready, unready }) =>
    Effect.callback<void, E>((resume) => {
      const live: Live = {
        complete: () => resume(Effect.void),
        fail: (error) => resume(Effect.fail(error as E)),
        die: (error) => resume(Effect.die(error)),
        ready: () => Effect.runSync(ready),
        unready: (reason) => Effect.runSync(unready(reason))
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

/** A run that was asked to end can no longer fail, so its error is a defect. */
const die = (resume: (effect: Effect.Effect<void>) => void) => (error: unknown) => resume(Effect.die(error))

/**
 * Makes the `run` of a probe for a governor of plain TypeScript.
 *
 * @internal
 */
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
    const live: Live = { complete, fail: reject, die: reject, ready: api.ready, unready: api.unready }
    commands.begin(live)
    api.signal.addEventListener("abort", () => commands.interrupted(live, live))
  })
}

/** The time between two heartbeats, which is half of the timeout. */
const beatOf = (options: { readonly heartbeatTimeout?: Duration.Input | undefined } | undefined): number =>
  Duration.toMillis(Duration.fromInputUnsafe(options?.heartbeatTimeout ?? "Infinity")) / 2
