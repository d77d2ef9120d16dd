/** The governors that the tests look at, in real time. */
import { setTimeout } from "node:timers/promises"
import { onTestFinished } from "vitest"
import { type Operations, operations, type OperationsOptions } from "../../src/http/index.ts"
import { Governor, type GovernorOptions } from "../../src/promise/index.ts"
import { type Truth, truthOf } from "./truth.ts"

export interface Watched {
  readonly governor: Governor
  readonly truth: Truth
  readonly url: string
  readonly operations: Operations.Operations
  /** Nobody answers any more, until it is listened again. */
  readonly cut: () => Promise<void>
  readonly listen: () => Promise<void>
}

/** Opens the doors of a governor, and shuts it down with the test. */
export const watched = async (governor: Governor, port = 0, options: OperationsOptions = {}): Promise<Watched> => {
  const truth = truthOf(governor)
  const ops = operations(governor, options)
  let listening = await ops.listen({ port })
  onTestFinished(async () => {
    await governor.shutdown()
    await listening.close()
  })
  const { url } = listening
  return {
    governor,
    truth,
    url: `${url}/`,
    operations: ops,
    cut: () => listening.close(),
    listen: async () => {
      listening = await ops.listen({ port: Number(new URL(url).port) })
    }
  }
}

const quiet = (options: GovernorOptions): Governor => new Governor({ log: () => {}, ...options })

/**
 * Five services: `reader` crashes, `sync` hangs, `api` waits for `store`, which is not ready now and then, and `ticker` returns
 * and is restarted. `api` also goes down with `store`.
 */
export const five = (): Governor => {
  const governor = quiet({ name: "five", restart: "150 millis", shutdownTimeout: "2 seconds" })
  governor.add("store", async ({ context, ready, sleep, unready }) => {
    while (!context.aborted) {
      await sleep("300 millis")
      ready()
      await sleep("500 millis")
      unready("its disk is full")
    }
  }, { readiness: "manual" })
  governor.add("api", ({ sleep }) => sleep("Infinity"), { bindsTo: ["store"] })
  governor.add("reader", async ({ sleep }) => {
    if (await sleep("200 millis")) return
    throw new Error("connect ECONNREFUSED 10.0.0.7:5432")
  }, { restart: { after: "250 millis" } })
  governor.add("sync", async ({ sleep }) => void await sleep("Infinity"), {
    heartbeatTimeout: "400 millis",
    stopTimeout: "1 second"
  })
  governor.add("ticker", async ({ sleep }) => void await sleep("170 millis"))
  return governor
}

export interface Storm {
  readonly governor: Governor
  /** Crashes as many services as make so many events a second, until the signal. Resolves with the number of crashes. */
  readonly blow: (eventsPerSecond: number, signal: AbortSignal) => Promise<number>
}

/** Each crash makes four events: the crash, the delay, the next run, and that it is ready. */
const eventsOfCrash = 4

/** Services that run until they are told to crash. */
export const many = (count: number): Storm => {
  const governor = quiet({ name: "many", restart: "20 millis", shutdownTimeout: "5 seconds" })
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
