/**
 * The object that `run` receives, for calling a service without a governor.
 */
import type { ServiceAPI } from "../internal/bridge/ServiceApi.ts"

type Log = ServiceAPI["log"]
type Line = Log["debug"]

/** Some members. A `log` that is only a function gets the lines of all levels. */
type Parts = Partial<Omit<ServiceAPI, "log">> & { readonly log?: Line | Log | undefined }

/**
 * Makes the object that `run` receives, so that a test can call a service without a governor.
 *
 * **Details**
 *
 * The name is `"service"`, the run is 1, the epoch 0, and the service is in one piece. The `signal` is never aborted. `log`, `ready`, `unready` and `heartbeat` do
 * nothing.
 * A `sleep` ends at once, and says that the run has to end. `until` waits for its promise, or until the `signal`
 * aborts. What the run defers is called, the last first, when the object is disposed of, as at the end of a block that
 * begins with `await using`. `parts` replaces any of these members. A `log` gets the lines of all levels, if it has no
 * `debug`, `warn` and `error`. `context` and `signal` are one signal, so replacing one replaces both.
 *
 * **Example** (Calling a service alone)
 *
 * ```ts
 * import type { ServiceAPI } from "effect-governor/promise"
 * import { serviceAPI } from "effect-governor/testing"
 *
 * const greeter = async ({ defer, log, sleep }: ServiceAPI) => {
 *   defer(() => log("goodbye"))
 *   do log("hello")
 *   while (!(await sleep("1 minute")))
 * }
 *
 * const lines: Array<unknown> = []
 * {
 *   await using api = serviceAPI({ log: (line) => lines.push(line), sleep: async () => lines.length === 3 })
 *   await greeter(api)
 * }
 * console.log(lines) // [ 'hello', 'hello', 'hello', 'goodbye' ]
 * ```
 *
 * @since 0.1.0
 * @category testing
 */
export const serviceAPI = ({ log = () => {}, ...parts }: Parts = {}): ServiceAPI & AsyncDisposable => {
  const signal = parts.signal ?? parts.context ?? new AbortController().signal
  const deferred: Array<() => unknown> = []
  return {
    name: "service",
    run: 1,
    epoch: 0,
    part: undefined,
    context: signal,
    signal,
    sleep: () => Promise.resolve(true),
    until: (promise) => until(signal, promise),
    defer: (close) => void deferred.push(close),
    log: Object.assign((...args: Parameters<Line>) => log(...args), { debug: log, warn: log, error: log }, log),
    ready: () => {},
    unready: () => {},
    heartbeat: () => {},
    [Symbol.asyncDispose]: async () => {
      for (let close = deferred.pop(); close !== undefined; close = deferred.pop()) await close()
    },
    ...parts
  }
}

const until = <A>(signal: AbortSignal, promise: A): Promise<Awaited<A>> =>
  new Promise((resolve, reject) => {
    const end = () => reject(signal.reason)
    const forget = () => signal.removeEventListener("abort", end)
    Promise.resolve(promise).then(resolve, reject).finally(forget)
    if (signal.aborted) end()
    else signal.addEventListener("abort", end)
  })
