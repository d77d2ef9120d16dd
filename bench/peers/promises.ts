/** What services do, as functions that return promises. */
import { setImmediate, setTimeout } from "node:timers/promises"
import type { Work } from "./Engine.ts"

export const promiseOf = (work: Work): (signal: AbortSignal) => Promise<void> => {
  switch (work.then) {
    case "end":
      return async () => work.begin()
    case "wait":
      return (signal) => {
        work.begin()
        return new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            work.ended()
            resolve()
          }, { once: true })
        })
      }
    case "crash":
      return crashing(work)
    case "sleep":
      return async (signal) => {
        const woke = work.begin()
        while (true) {
          await setTimeout(work.millis, undefined, { signal })
          woke()
        }
      }
  }
}

export const crashing = (work: Extract<Work, { readonly then: "crash" }>) => async (): Promise<void> => {
  work.begin()
  await setImmediate()
  work.crash()
}
