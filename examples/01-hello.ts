/**
 * A service that is restarted, and a clean way out, in ten lines.
 *
 *     node examples/01-hello.ts
 *
 * It says hello and throws: you see the error, that it restarts, and hello again from the next run. Ctrl-C leaves at
 * once, with exit code 0.
 */
import { Governor } from "effect-governor/promise"

const governor = new Governor().catchSignals().restart("500 millis")

governor.add("hello", async ({ log, run, sleep }) => {
  log("hello from run %d", run)
  if (await sleep("500 millis")) return // true: the service is to end
  throw new Error("something went wrong")
})

governor.start()
await governor.waitForShutdown()
