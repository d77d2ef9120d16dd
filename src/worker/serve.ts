/**
 * The work of a thread or a process that a governor runs.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ServiceAPI } from "../internal/bridge/ServiceApi.ts"
import { type Told } from "./messages.ts"
import { type Port, portOf } from "./port.ts"
import { makeRun, type Run } from "./Run.ts"
import type { Failure } from "./thrown.ts"

type Begin = Extract<Told, { readonly _tag: "Begin" }>

type Runnable = Effect.Effect<unknown, unknown, Scope.Scope>

/** The result of a service. An effect that needs more than a scope is none. */
type Served<A> = A extends Effect.Effect<infer Success, infer Error, unknown>
  ? Effect.Effect<Success, Error, Scope.Scope>
  : A extends PromiseLike<infer Value> ? PromiseLike<Served<Value>>
  : A

/**
 * Does the work of a service in the file of a `worker` or a `forked` of `effect-governor/process`.
 *
 * **When to use**
 *
 * Once in that file, at its top level: a second call throws. The run begins when the file was loaded and has called `serve`.
 *
 * **Details**
 *
 * A function gets the same object as `run` of a service in the program, and `data` of the options. When it returns, or its
 * promise has settled, the run is over, whatever else the thread or the process would do. An error is the crash of the run, with
 * its name, message, stack and causes. `StopService` completes the run, and may end its service.
 *
 * The event loop gives signs of life by itself. A loop that is blocked for the `heartbeatTimeout` of the service is ended with
 * its thread or process.
 *
 * `service` may also be an `Effect`, and so may the result of the function. The effect has `ServiceRun` and a scope of its own,
 * which closes before the run is over. It is interrupted by a stop. Its lines at the levels that the governor logs go to the log
 * of the governor, with their annotations and spans. All its failures and defects are told.
 *
 * This module loads no Effect, unless there is one to run. It throws if no governor has made the thread or process.
 *
 * **Example** (The file of a thread)
 *
 * ```ts
 * import { worker } from "effect-governor/process"
 * import { Governor } from "effect-governor/promise"
 *
 * const file = `data:text/javascript,${encodeURIComponent(`
 *   import { serve } from "${import.meta.resolve("effect-governor/worker")}"
 *   serve(({ log }, data) => log("hello %s", data.whom))
 * `)}`
 *
 * const governor = new Governor()
 * governor.add("greeter", worker(new URL(file), { data: { whom: "thread" } })).start()
 * console.log((await governor.waitForShutdown()).ok) // true
 * ```
 *
 * **Example** (The file of a thread, with Effect)
 *
 * ```ts
 * import { worker } from "effect-governor/process"
 * import { Governor } from "effect-governor/promise"
 *
 * const file = `data:text/javascript,${encodeURIComponent(`
 *   import { ServiceRun } from "${import.meta.resolve("effect-governor")}"
 *   import { serve } from "${import.meta.resolve("effect-governor/worker")}"
 *   import * as Effect from "${import.meta.resolve("effect/Effect")}"
 *   serve(Effect.gen(function*() {
 *     const { name, run } = yield* ServiceRun
 *     yield* Effect.logInfo(name + ", run " + run)
 *   }))
 * `)}`
 *
 * const governor = new Governor()
 * governor.add("greeter", worker(new URL(file))).start()
 * console.log((await governor.waitForShutdown()).ok) // true
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const serve = <A>(service: Runnable | ((api: ServiceAPI, data: never) => A & Served<A>)): void => {
  if (typeof service !== "function" && !isEffect(service)) {
    throw new TypeError(`serve: expected a function or an Effect, got ${String(service)}`)
  }
  if (isServed) throw new Error("serve: expected one call in each thread or process, got another one")
  isServed = true
  const port = portOf()
  if (port === undefined) {
    throw new Error(
      "serve: expected a thread or a process that worker() or forked() of effect-governor/process has made"
    )
  }
  let run: Run | undefined
  port.hear((told) => {
    switch (told._tag) {
      case "Begin":
        return void (run ??= begin(port, told, (api) => isEffect(service) ? service : service(api, told.data as never)))
      case "Ask":
        return port.say({ _tag: "Beat" })
      case "Stop":
        return run?.stop()
    }
  })
  port.say({ _tag: "Serving" })
}

/** The run is over when the work of one call has settled: another one would be cut off. */
let isServed = false

const begin = (port: Port, told: Begin, service: (api: ServiceAPI) => unknown): Run => {
  const run = makeRun(told, port.say)
  const work = new Promise<unknown>((resolve) => resolve(service(run.api)))
  const failures = work.then((result) => isEffect(result) ? runEffect(result, run, told) : [])
  void run.end(failures, port.written).then(port.close)
  return run
}

/** As `isEffect` of Effect, which is not loaded here. */
const isEffect = (value: unknown): value is Runnable =>
  (typeof value === "object" || typeof value === "function") && value !== null && "~effect/Effect" in value

/** Only an effect needs the module that loads Effect. */
const runEffect = async (
  effect: Runnable,
  { api, log }: Run,
  { minimumLogLevel }: Begin
): Promise<ReadonlyArray<Failure>> => {
  const { runEffect } = await import("./effect.ts")
  return runEffect(effect, api, { log, minimumLogLevel })
}
