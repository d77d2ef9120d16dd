/**
 * A thread as a service: it is blocked on purpose, and begins again, while the rest of the program goes on.
 *
 *     node examples/32-thread.ts
 *
 * The work of the thread is in threads/primes.ts. In its first run it ends in a loop without an end. No promise and no timer of
 * that thread goes on, so it gives no sign of life any more, and is terminated after a second. The clock in this thread does
 * not notice. Ctrl-C ends both, with exit code 0.
 */
import { worker } from "effect-governor/process"
import { Governor } from "effect-governor/promise"

const governor = new Governor({ restart: "100 millis" }).catchSignals()

governor.add(
  "primes",
  worker(new URL("./threads/primes.ts", import.meta.url), { data: { limit: 100_000 }, heartbeatTimeout: "1 second" })
)

governor.add("clock", async ({ log, sleep }) => {
  for (let tick = 1; !(await sleep("200 millis")); tick++) log("tick %d", tick)
})

governor.start()
await governor.waitForShutdown()
