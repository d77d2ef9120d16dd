/**
 * A governor inside a governor, whose services restart together, and of which one hangs.
 *
 *     node examples/21-tree.ts
 *
 * The services of "ingest" read a feed, parse it and store it. In its first run the parser stops working. After one
 * second without a heartbeat it is asked to end, and is restarted. The strategy "rest-for-one" restarts the store with
 * it, because the store was added later. The feed, which was added before, and the API in the outer governor go on.
 * Ctrl-C ends the program with exit code 0, and prints how each service ended, by its path.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"

const stay = async ({ log, run, sleep }: ServiceAPI) => {
  log("begins (run %d)", run)
  await sleep("Infinity") // a real service would do its work here
  log("ends")
}

const parse = async ({ heartbeat, log, run, sleep }: ServiceAPI) => {
  log("begins (run %d)", run)
  let items = 0
  do {
    if (run === 1 && items === 3) await sleep("Infinity") // an answer that never comes
    items++
    heartbeat()
  } while (!(await sleep("100 millis")))
  log("ends")
}

const ingest = Governor.asService((governor) => {
  governor.add("feed", stay)
  governor.add("parser", parse, { heartbeatTimeout: "1 second" })
  governor.add("store", stay)
}, { restart: "100 millis", strategy: "rest-for-one" })

const governor = new Governor().catchSignals().restart("1 second")
governor.add("ingest", ingest)
governor.add("api", stay, { dependsOn: ["ingest"] })
governor.start()

const { services } = await governor.waitForShutdown()
for (const { name, outcome } of services) console.log("%s: %s", name, outcome)
