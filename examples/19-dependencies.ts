/**
 * Services that wait for one another: an API, a migration that has to be done before, and the database of both.
 *
 *     node examples/19-dependencies.ts
 *
 * The API begins when the migration has completed, and the migration when the database is ready. At first the database is
 * late: after a second that run is given up, another follows, and the others still wait. Ctrl-C stops the API before
 * the database, with exit code 0.
 */
import { Governor } from "effect-governor/promise"
import { setTimeout } from "node:timers/promises"

/** Here it would be a client. The first attempt gets no answer. */
const connect = async (attempt: number, signal: AbortSignal) => {
  await setTimeout(attempt === 1 ? 60_000 : 100, undefined, { signal })
}

const governor = new Governor().catchSignals().restart("500 millis", { when: "failure" })

governor.add("api", async ({ log, sleep }) => {
  log("answers requests")
  await sleep("Infinity")
  log("closed")
}, { dependsOn: ["database", "migration"] }) // the order in which they are added does not matter

governor.add("migration", async ({ log }) => {
  await setTimeout(100) // the work
  log("done")
}, { dependsOn: ["database"], readiness: "completed" })

governor.add("database", async ({ log, ready, run, signal, sleep }) => {
  log("connects")
  await connect(run, signal)
  log("connected")
  ready()
  await sleep("Infinity")
  log("disconnected")
}, { readiness: "manual", startTimeout: "1 second" })

governor.onEvent(({ _tag }) => {
  if (_tag !== "RestartScheduled") return
  console.log(governor.status().map((status) => `${status.name} is ${status._tag}`).join(", "))
})

governor.start()
await governor.whenReady() // all of them
console.log("ready")
await governor.waitForShutdown()
