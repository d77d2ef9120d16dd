/**
 * A queue between two services that is empty when the process leaves.
 *
 *     node examples/07-queue.ts
 *
 * The producer brings five orders a second, the consumer processes them one by one. At the seventh it crashes, and
 * processes it after its restart. On Ctrl-C the producer brings the last five and stops, the consumer goes on until nothing
 * is left, restarts included, and the last line says that as many orders were processed as accepted. The exit code is 0.
 */
import { Governor } from "effect-governor/promise"
import { setTimeout } from "node:timers/promises"

/** For one consumer at a time. */
class Queue<A> {
  readonly #items: Array<A> = []
  #isClosed = false
  #wake = () => {}

  push(...items: ReadonlyArray<A>): void {
    if (this.#isClosed) throw new Error("the queue is closed")
    this.#items.push(...items)
    this.#wake()
  }

  /** Nothing is pushed any more: the loop over it ends once it is empty. */
  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  /** An item is taken off after it was processed: the one at which a loop broke off is the first of the next loop. */
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

// Ends after the producer, which depends on it. A shutdown restarts nothing any more, and a crash at the last orders must not
// leave them lying there: so the consumer has a governor of its own, which is waited for and not shut down.
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
  await consumers.waitForShutdown() // the consumer ends by itself
})

governor.add("producer", async ({ log, sleep }) => {
  const accept = () => {
    queue.push(...Array.from({ length: 5 }, () => ++accepted))
    log("accepted %d orders", accepted)
  }
  do accept()
  while (!(await sleep("1 second")))
  await setTimeout(20)
  accept() // those that were on their way
  log("accepts no more")
}, { dependsOn: ["consumers"] })

governor.start()
await governor.waitForShutdown()
console.log("%d orders accepted, %d processed", accepted, processed)
