/**
 * Restarts that come later and later, and do not go on for ever.
 *
 *     node examples/03-backoff.ts
 *
 * Two services ask upstreams that are down. The one of "prices" comes up at the fifth attempt: the delays double from
 * 50 ms to at most 300 ms, each a little off at random. It fails once more after it worked for a while: the delays start
 * over. The one of "weather" never comes up: the service is given up after its third restart. Then all is over, and since
 * one service has failed, the exit code is 1.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"

const governor = new Governor({
  // Without the stacks the delays are easier to see.
  log: ({ error, message, service = "governor" }) =>
    console.log(error ? `[${service}] ${message}: ${error.message}` : `[${service}] ${message}`)
}).catchSignals()

/** Asks until it was answered well for half a second. */
const poll = (ask: () => string) => async ({ log, sleep }: ServiceAPI) => {
  for (let i = 0; i < 5; i++) {
    log("the upstream says: %s", ask()) // throws: a crash, and its restart is the retry
    if (await sleep("100 millis")) return
  }
}

/** An upstream that is down at these calls, counted from 1. */
const downAt = (isDown: (call: number) => boolean) => {
  let calls = 0
  return () => {
    if (isDown(++calls)) throw new Error(`call ${calls}: service unavailable`)
    return `call ${calls}: fine`
  }
}

governor.add("prices", poll(downAt((call) => call <= 4 || call === 9))).restart("50 millis", {
  when: "failure", // a run that returns is over for good
  backoff: { factor: 2, max: "300 millis", jitter: true }, // jitter: many processes must not all come at once
  resetAfter: "300 millis" // a run that lasted that long was well: the backoff starts over
})

governor.add("weather", poll(downAt(() => true))).restart("50 millis", {
  backoff: { max: "300 millis", jitter: true },
  maxRestarts: 3,
  within: "1 minute"
})

governor.start()
const report = await governor.waitForShutdown()
for (const { cause, name, outcome } of report.services) {
  console.log(cause ? `${name}: ${outcome}, ${cause.message}` : `${name}: ${outcome}`)
}
