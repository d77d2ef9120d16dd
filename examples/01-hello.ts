/**
 * A service that is restarted, and a program that ends cleanly, in ten lines.
 *
 *     node examples/01-hello.ts
 *
 * The service says hello and throws. The log shows the error and the restart, and the next run says hello again. Ctrl-C
 * ends the program at once, with exit code 0.
 */
import { Governor } from "effect-governor/promise"

const governor = new Governor().catchSignals().restart("500 millis")

governor.add("hello", async ({ log, run, sleep }) => {
  log("hello from run %d", run)
  if (await sleep("500 millis")) return // true: the run has to end
  throw new Error("something went wrong")
})

governor.start()
await governor.waitForShutdown()
