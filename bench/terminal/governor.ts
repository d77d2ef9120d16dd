/**
 * A governor with many services, of which some crash so often that there are so many events a second.
 *
 *     governor.ts SERVICES EVENTS_A_SECOND
 */
import { operations } from "../../src/http/index.ts"
import { Governor } from "../../src/promise/index.ts"

const [services, events] = process.argv.slice(2).map(Number)

/** A crash, the restart that follows, its start, and that it is ready. */
const eventsOfCrash = 4

const crashes: Array<(error: Error) => void> = []

const governor = new Governor({ name: "bench", log: () => {} }).catchSignals().restart("20 millis")
for (let i = 0; i < services!; i++) {
  governor.add(`service-${i}`, ({ signal }) =>
    new Promise((resolve, reject) => {
      crashes[i] = reject
      signal.addEventListener("abort", () => resolve(), { once: true })
    }))
}
const { url } = await operations(governor).listen()
governor.start()
await governor.whenReady()

let next = 0
if (events! > 0) {
  setInterval(() => crashes[next++ % services!]!(new Error("no connection")), 1000 * eventsOfCrash / events!)
}
console.log(`listens: ${url}`)
