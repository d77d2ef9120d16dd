/** Many services, and a storm of restarts. */
import { setTimeout } from "node:timers/promises"
import { Governor } from "../../src/promise/index.ts"

export interface Storm {
  readonly governor: Governor
  /** Crashes as many services as make so many events a second, until the signal. Resolves with the number of crashes. */
  readonly blow: (eventsPerSecond: number, signal: AbortSignal) => Promise<number>
}

/** Each crash makes four events: the crash, the delay, the next run, and that it is ready. */
const eventsOfCrash = 4

/** Services that run until they are told to crash. */
export const many = (count: number): Storm => {
  const governor = new Governor({ log: () => {}, name: "many", restart: "20 millis", shutdownTimeout: "5 seconds" })
  const crashes = new Map<number, () => void>()
  for (let i = 0; i < count; i++) {
    governor.add(`service-${String(i).padStart(4, "0")}`, ({ context }) =>
      new Promise<void>((resolve, reject) => {
        crashes.set(i, () => reject(new Error(`crash of ${i}`)))
        context.addEventListener("abort", () => resolve(), { once: true })
      }))
  }
  const blow = async (eventsPerSecond: number, signal: AbortSignal): Promise<number> => {
    const began = performance.now()
    let done = 0
    while (!signal.aborted) {
      const due = ((performance.now() - began) / 1000) * eventsPerSecond / eventsOfCrash
      // Neighbours in the table, and far ones: whatever is looked at is hit.
      for (; done < due; done++) crashes.get((done * 7919) % count)?.()
      await setTimeout(5)
    }
    return done
  }
  return { governor, blow }
}
