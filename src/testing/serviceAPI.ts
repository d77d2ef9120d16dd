/**
 * What a run is given, for a service that is tested alone.
 */
import type { ServiceAPI } from "../ServiceApi.ts"

/**
 * What a run is given, made by hand, to call a service in a test without a governor.
 *
 * **Details**
 *
 * It has the name `"service"`, and run 1; its `signal` is never aborted; `log`, `ready` and `heartbeat` do nothing; a `sleep`
 * is over at once, and says that the run is to end. `parts` replaces any of these; `context` and `signal` are one, and each
 * is taken for both.
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
