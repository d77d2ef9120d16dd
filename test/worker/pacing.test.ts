/** That a thread says no more than its governor hears. */
import { Worker } from "node:worker_threads"
import { expect, it } from "vitest"
import { pacing } from "../../src/worker/pacing.ts"

const counter = (heard = 0) => {
  const shared = new Int32Array(new SharedArrayBuffer(4))
  shared[0] = heard
  return shared
}

it("does not wait where nobody counts", () => {
  const pace = pacing(undefined)
  for (let i = 0; i < 5000; i++) pace()
})

it.each([["at first", 0], ["also when the counter begins again below zero", 2 ** 31 - 500]])(
  "waits when 1000 are unheard, until one is heard: %s",
  async (_, begin) => {
    const shared = counter(begin)
    const pace = pacing(shared)
    for (let said = 0; said < 1000; said++) pace()
    expect(Atomics.load(shared, 0), "nobody has heard anything yet").toBe(begin)
    const other = new Worker(
      `const { workerData } = require("node:worker_threads")
       Atomics.add(workerData, 0, 1)
       Atomics.notify(workerData, 0)`,
      { eval: true, workerData: shared }
    )
    pace() // this thread waits here for the other one
    expect(Atomics.load(shared, 0)).toBe(begin + 1)
    for (let said = 0; said < 2000; said++) {
      Atomics.add(shared, 0, 1)
      pace()
    }
    await other.terminate()
  }
)
