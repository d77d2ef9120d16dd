/**
 * The object that `run` receives, for calling a service without a governor.
 */
import type { ServiceAPI } from "../internal/bridge/ServiceApi.ts"

/**
 * Makes the object that `run` receives, so that a test can call a service without a governor.
 *
 * **Details**
 *
 * The name is `"service"`, and the run is 1. The `signal` is never aborted. `log`, `ready` and `heartbeat` do nothing.
 * A `sleep` ends at once, and says that the run has to end. `parts` replaces any of these members. `context` and
 * `signal` are one signal, so replacing one replaces both.
 *
 * **Example** (Calling a service alone)
 *
 * ```ts
 * import type { ServiceAPI } from "effect-governor/promise"
 * import { serviceAPI } from "effect-governor/testing"
 *
 * const greeter = async ({ log, sleep }: ServiceAPI) => {
 *   do log("hello")
 *   while (!(await sleep("1 minute")))
 * }
 *
 * const lines: Array<unknown> = []
 * await greeter(serviceAPI({ log: (line) => lines.push(line), sleep: async () => lines.length === 3 }))
 * console.log(lines) // [ 'hello', 'hello', 'hello' ]
 * ```
 *
 * @since 0.1.0
 * @category testing
 */
export const serviceAPI = (parts: Partial<ServiceAPI> = {}): ServiceAPI => {
  const signal = parts.signal ?? parts.context ?? new AbortController().signal
  return {
    name: "service",
    run: 1,
    context: signal,
    signal,
    sleep: () => Promise.resolve(true),
    log: () => {},
    ready: () => {},
    heartbeat: () => {},
    ...parts
  }
}
