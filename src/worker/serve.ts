/**
 * The work of a thread or a process that a governor runs.
 */
import type { ServiceAPI } from "../internal/bridge/ServiceApi.ts"
import { type Told } from "./messages.ts"
import { type Port, portOf } from "./port.ts"
import { makeRun, type Run } from "./Run.ts"

type Begin = Extract<Told, { readonly _tag: "Begin" }>

/**
 * Does the work of a service in the file of a `worker` or a `forked` of `effect-governor/process`.
 *
 * **When to use**
 *
 * Once in that file, at its top level. The run begins when the file was loaded and has called `serve`.
 *
 * **Details**
 *
 * `service` gets the same object as `run` of a service in the program, and `data` of the options. When it returns, or its
 * promise has settled, the run is over, whatever else the thread or the process would do. An error is the crash of the run, with
 * its name, message, stack and causes. `StopService` completes the run, and may end its service.
 *
 * The event loop gives signs of life by itself. A loop that is blocked for the `heartbeatTimeout` of the service is ended with
 * its thread or process.
 *
 * This module loads no Effect. It throws if no governor has made the thread or process.
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
 * @since 0.1.0
 * @category constructors
 */
export const serve = (service: (api: ServiceAPI, data: never) => unknown): void => {
  const port = portOf()
  if (port === undefined) {
    throw new Error(
      "serve: expected a thread or a process that worker() or forked() of effect-governor/process has made"
    )
  }
  let run: Run | undefined
  port.hear((told) => {
    if (told._tag === "Stop") return run?.stop()
    if (run === undefined) run = begin(port, told, (api) => service(api, told.data as never))
  })
  port.say({ _tag: "Serving" })
}

const begin = (port: Port, told: Begin, service: (api: ServiceAPI) => unknown): Run => {
  const run = makeRun(told, port.say)
  const beat = setInterval(() => port.say({ _tag: "Beat" }), told.beatMillis)
  const work = new Promise<unknown>((resolve) => resolve(service(run.api)))
  void run.ended(work).then((failure) => {
    clearInterval(beat)
    port.say({ _tag: "Ended", ...(failure !== undefined && { failure }) })
    port.close()
  })
  return run
}
