/**
 * A queue between two services that is empty when the process leaves.
 *
 *     node examples/07-queue.ts
 *
 * The producer adds five orders each second, and the consumer processes one order after the other. The consumer crashes
 * at order 7, and processes that order after its restart. On Ctrl-C the producer adds five last orders and stops. The
 * consumer goes on until the queue is empty, with restarts if necessary. The last line shows that all accepted orders
 * were processed. The exit code is 0.
 */
import { Governor } from "effect-governor/promise"
import { setTimeout } from "node:timers/promises"

/** A queue for one consumer at a time. */
class Queue<A> {
  readonly #items: Array<A> = []
  #isClosed = false
  #wake = () => {}

  push(...items: ReadonlyArray<A>): void {
    if (this.#isClosed) throw new Error("the queue is closed")
    this.#items.push(...items)
    this.#wake()
  }

  /** Says that nothing more is pushed. The loop over the queue ends once the queue is empty. */
  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  /** Removes an item after it was processed. If a loop ends early, the next loop begins with the same item. */
  async *[Symbol.asyncIterator](): AsyncGenerator<A> {
    while (!this.#isClosed || this.#items.length > 0) {
      for (; this.#items.length > 0; this.#items.shift()) yield this.#items[0] as A
      if (!this.#isClosed) await new Promise<void>((resolve) => this.#wake = resolve)
    }
  }
}

const queue = new Queue<number>()
let accepted = 0
let processed = 0

const governor = new Governor().catchSignals().restart("1 second")

// This service ends after the producer, which depends on it. A shutdown restarts nothing, so a crash at the last orders
// would leave orders in the queue. So the consumer has its own governor, which is not shut down but waited for.
governor.add("consumers", async ({ sleep }) => {
  const consumers = new Governor().restart("500 millis", { when: "failure" })
  consumers.add("consumer", async ({ log, run }) => {
    for await (const order of queue) {
      await setTimeout(50) // the work
      if (order === 7 && run === 1) throw new Error("order 7 failed")
      log("processed order %d", order)
      processed++
    }
  })
  consumers.start()
  await sleep("Infinity")
  queue.close()
  await consumers.waitForShutdown() // the consumer ends by itself when the queue is empty
})

governor.add("producer", async ({ log, sleep }) => {
  const accept = () => {
    queue.push(...Array.from({ length: 5 }, () => ++accepted))
    log("accepted %d orders", accepted)
  }
  do accept()
  while (!(await sleep("1 second")))
  await setTimeout(20)
  accept() // the orders that were on their way
  log("accepts no more")
}, { dependsOn: ["consumers"] })

governor.start()
await governor.waitForShutdown()
console.log("%d orders accepted, %d processed", accepted, processed)
