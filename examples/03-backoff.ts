/**
 * Restarts with growing delays and a limit.
 *
 *     node examples/03-backoff.ts
 *
 * Two services ask upstreams that are down. The upstream of "prices" answers the fifth call: until then the delays
 * double from 50 ms to at most 300 ms, each changed a little at random. This upstream fails once more after it worked
 * for a while, and the delays start over. The upstream of "weather" never answers, so its service is given up after the
 * third restart. Then all services are over. One service has failed, so the exit code is 1.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"

const governor = new Governor({
  // The lines have no stacks, so that the delays are easier to see.
  log: ({ error, message, service = "governor" }) =>
    console.log(error ? `[${service}] ${message}: ${error.message}` : `[${service}] ${message}`)
}).catchSignals()

/** Asks five times, with pauses of 100 ms. */
const poll = (ask: () => string) => async ({ log, sleep }: ServiceAPI) => {
  for (let i = 0; i < 5; i++) {
    log("the upstream says: %s", ask()) // if this throws, the run has crashed, and its restart is the retry
    if (await sleep("100 millis")) return
  }
}

/** An upstream that is down at some of its calls, which are counted from 1. */
const downAt = (isDown: (call: number) => boolean) => {
  let calls = 0
  return () => {
    if (isDown(++calls)) throw new Error(`call ${calls}: service unavailable`)
    return `call ${calls}: fine`
  }
}

governor.add("prices", poll(downAt((call) => call <= 4 || call === 9))).restart("50 millis", {
  when: "failure", // a run that returns is not restarted
  backoff: { factor: 2, max: "300 millis", jitter: true }, // jitter keeps many processes from calling at the same time
  resetAfter: "300 millis" // after a run that lasted this long, the backoff starts over
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
