/** The governors that the tests look at, in real time. */
import { onTestFinished } from "vitest"
import { type Operations, operations, type OperationsOptions } from "../../src/http/index.ts"
import { Governor } from "../../src/promise/index.ts"
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

/**
 * Five services: `reader` crashes, `sync` hangs, `api` waits for `store`, which is not ready now and then, and `ticker` returns
 * and is restarted. `api` also goes down with `store`.
 */
export const five = (): Governor => {
  const governor = new Governor({ log: () => {}, name: "five", restart: "150 millis", shutdownTimeout: "2 seconds" })
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
