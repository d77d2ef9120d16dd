/** The loop one writes by hand, with an AbortController for each service. */
import { setImmediate, setTimeout } from "node:timers/promises"
import type { Engine } from "./Engine.ts"
import { promiseOf } from "./promises.ts"

export const engine: Engine = {
  start: async ({ count, delay, work }) => {
    const run = promiseOf(work)
    const services = Array.from({ length: count }, () => {
      const controller = new AbortController()
      return { controller, over: keepUp(run, delay, controller.signal) }
    })
    return {
      stop: async () => {
        services.forEach(({ controller }) => controller.abort())
        await Promise.all(services.map(({ over }) => over))
      }
    }
  }
}

const keepUp = async (run: (signal: AbortSignal) => Promise<void>, delay: number, signal: AbortSignal) => {
  while (!signal.aborted) {
    try {
      await run(signal)
    } catch {
      // as if logged
    }
    if (signal.aborted) return
    await (delay === 0 ? setImmediate() : setTimeout(delay, undefined, { signal }).catch(() => {}))
  }
}
