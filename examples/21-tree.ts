/**
 * A tree: a governor inside a governor, whose services restart together, and one of them hangs.
 *
 *     node examples/21-tree.ts
 *
 * Under "ingest" a feed is read, parsed and stored. The parser stops in its first run and says nothing any more: after a
 * second without a heartbeat it is asked to end and restarted, and with it, by the strategy "rest-for-one", the store that
 * was added later. The feed, which was added before, and the API beside them go on. Ctrl-C leaves with exit code 0 and
 * prints how each ended, by its path.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"

const stay = async ({ log, run, sleep }: ServiceAPI) => {
  log("begins (run %d)", run)
  await sleep("Infinity") // here it would do its work
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
