/**
 * Makes the incident of the picture in the README, which never changes by itself: a shop whose database went away.
 *
 *   node test/page/incident.ts > test/page/incident.ndjson
 */
import { operations } from "../../src/http/index.ts"
import { Governor, type ServiceAPI, StopService } from "../../src/promise/index.ts"
import { TestGovernor } from "../../src/testing/index.ts"

/** When the program of the test clock began. */
const began = Date.UTC(2026, 2, 2, 14, 0, 0)

/** The stack of the program, and not of this machine. */
const failed = (message: string, ...places: ReadonlyArray<string>): Error => {
  const error = new Error(message)
  error.stack = [`Error: ${message}`, ...places.map((place) => `    at ${place}`)].join("\n")
  return error
}

const goesOn = ({ sleep }: ServiceAPI) => sleep("Infinity").then(() => {})

const inside = (governor: Governor): void => {
  governor.restart("1 second")
  governor.add("reader-1", goesOn)
  governor.add("reader-2", async ({ heartbeat, run, sleep }) => {
    for (let i = 0; i < 40 / run; i++) {
      heartbeat()
      if (await sleep("2 seconds")) return
    }
    await sleep("Infinity")
  }, { heartbeatTimeout: "10 seconds" })
  governor.add("writer", goesOn, { dependsOn: ["reader-1"] })
}

const shop = () => {
  const test = new TestGovernor({ name: "shop", shutdownTimeout: "25 seconds" })
  test.restart("2 seconds", { backoff: { factor: 2, max: "30 seconds" } })
  const database = { isUp: true }
  test.add("migrations", async ({ sleep }) => void await sleep("2.3 seconds"), {
    readiness: "completed",
    restart: false
  })
  test.add("database", async ({ log, ready, sleep }) => {
    await sleep("600 millis")
    if (!database.isUp) {
      throw failed(
        "connect ECONNREFUSED 10.0.0.7:5432",
        "Pool.connect (file:///app/src/database/Pool.ts:84:11)",
        "Database.run (file:///app/src/database/Database.ts:31:5)"
      )
    }
    ready()
    log("pool of 20 connections to 10.0.0.7:5432")
    while (database.isUp) if (await sleep("1 second")) return
    throw failed(
      "terminating connection due to administrator command",
      "Pool.lost (file:///app/src/database/Pool.ts:120:9)"
    )
  }, { readiness: "manual", dependsOn: ["migrations"] })
  test.add("cache", async (api) => {
    await api.sleep("150 millis")
    api.ready()
    return goesOn(api)
  }, { readiness: "manual" })
  test.add("api", async (api) => {
    await api.sleep("400 millis")
    api.ready()
    return goesOn(api)
  }, { readiness: "manual", bindsTo: ["database"], dependsOn: ["cache"], stopTimeout: "5 seconds" })
  test.add("orders", goesOn, { bindsTo: ["database"], stopTimeout: "10 seconds" })
  test.add("web", goesOn, { dependsOn: ["api"] })
  test.add("mailer", async ({ log, run, sleep }) => {
    log("3 letters to send")
    if (await sleep(run === 1 ? "125 seconds" : "9 seconds")) return
    throw failed("421 4.7.0 Try again later, closing connection", "SMTP.send (file:///app/src/mail/SMTP.ts:52:13)")
  })
  test.add("ingest", Governor.asService(inside))
  test.add("reports", async ({ sleep }) => {
    if (await sleep("150 seconds")) return
    throw new StopService({
      restart: false,
      error: failed("no space left on device", "Report.write (file:///app/src/reports/Report.ts:19:7)")
    })
  })
  test.add("scheduler", async ({ sleep }) => void await sleep("20 seconds"))
  test.add("metrics", goesOn)
  return { test, loseDatabase: () => void (database.isUp = false) }
}

const root = new URL("../..", import.meta.url).href

/** As if the clock had begun then, and elsewhere. */
const moved = (key: string, value: unknown): unknown => {
  if (key === "stack") return String(value).split("\n").filter((line) => !line.includes(root)).join("\n")
  return typeof value === "number" && /^(time|since|until|now|at|.*At|.*Until)$/.test(key) ? value + began : value
}

const { loseDatabase, test } = shop()
const { fetch } = operations(test)
test.start()
await test.advance("117 seconds")
loseDatabase()
await test.advance("78 seconds")
const response = await fetch(new Request("http://localhost/incident"))
for (const line of (await response.text()).trimEnd().split("\n")) {
  console.log(JSON.stringify(JSON.parse(line), moved).replace(/"epoch":"[^"]*"/, `"epoch":"5f0d"`))
}
await test.shutdown()
