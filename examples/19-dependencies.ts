/**
 * Services that wait for one another: an API, a migration that has to complete before it, and the database of both.
 *
 *     node examples/19-dependencies.ts
 *
 * The API begins when the migration has completed, and the migration begins when the database is ready. In its first
 * run the database is late. After one second this run is given up and another run follows, while the other services
 * still wait. Ctrl-C stops the API before the database, with exit code 0.
 */
import { Governor } from "effect-governor/promise"
import { setTimeout } from "node:timers/promises"

/** A real service would make a client here. The first attempt gets no answer. */
const connect = async (attempt: number, signal: AbortSignal) => {
  await setTimeout(attempt === 1 ? 60_000 : 100, undefined, { signal })
}

const governor = new Governor().catchSignals().restart("500 millis", { when: "failure" })

governor.add("api", async ({ log, sleep }) => {
  log("answers requests")
  await sleep("Infinity")
  log("closed")
}, { dependsOn: ["database", "migration"] }) // the services can be added in any order

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
await governor.whenReady() // all services
console.log("ready")
await governor.waitForShutdown()
