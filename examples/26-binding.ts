/**
 * A worker that must not run while its database is away, and an API that goes on and answers 503.
 *
 *     node examples/26-binding.ts
 *
 * Both depend on the database. The worker is bound to it: when the database is not ready any more, the worker stops, and it
 * begins again with the database. The API only waits for the database before its first request. Ctrl-C stops the worker
 * and the API before the database, with exit code 0.
 */
import { Governor } from "effect-governor/promise"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const governor = new Governor().catchSignals()

// A real service would hear from its client that the connection is lost.
governor.add("database", async ({ ready, sleep, unready }) => {
  do {
    ready()
    if (await sleep("1 second")) return
    unready("the connection is lost")
  } while (!(await sleep("1 second")))
}, { readiness: "manual" })

governor.add("worker", async ({ log, sleep }) => {
  log("takes jobs")
  await sleep("Infinity")
  log("has finished its job")
}, { bindsTo: ["database"] })

const isUp = () => governor.get("database").status()._tag === "Running"

let url = ""
governor.add("api", async ({ defer, ready, sleep }) => {
  const server = createServer((_, response) => response.writeHead(isUp() ? 200 : 503).end())
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  defer(() => server.close())
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  ready()
  await sleep("Infinity")
}, { dependsOn: ["database"], readiness: "manual" })

governor.add("client", async ({ log, sleep }) => {
  let latest = 0
  while (!(await sleep("100 millis"))) {
    const { status } = await fetch(url, { headers: { connection: "close" } })
    if (status !== latest) log("the answer is %d", status)
    latest = status
  }
}, { dependsOn: ["api"] })

governor.start()
await governor.waitForShutdown()
