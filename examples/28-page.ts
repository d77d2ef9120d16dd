/**
 * A page that shows the services of a whole tree of governors, and follows them.
 *
 *     node examples/28-page.ts
 *
 * GET / answers with a snapshot of all services, also those of the governor inside "ingest", by their paths. GET /events
 * goes on with the events: each is a line of JSON. The page keeps the events whose sequence is larger than that of its
 * snapshot. It misses none, and shows none twice, although it has asked for the events first. Here the page is a service
 * as well, and writes to the log what it would show. Ctrl-C ends the program with exit code 0.
 */
import { Governor, type GovernorEvent, type Snapshot } from "effect-governor/promise"
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

const governor = new Governor().catchSignals()

governor.add(
  "ingest",
  Governor.asService((ingest) => {
    ingest.add("reader", async ({ run, sleep }) => {
      if (await sleep("500 millis")) return
      if (run === 1) throw new Error("the connection is lost")
      await sleep("Infinity")
    }).restart("500 millis")
    ingest.add("writer", ({ sleep }) => sleep("Infinity"))
  })
)

/** A page that nobody reads any more gets no more events. */
const stream = (response: ServerResponse) => {
  const unlisten = governor.onEvent((event) => response.write(`${JSON.stringify(event)}\n`), { tree: true })
  response.on("close", unlisten).writeHead(200, { "content-type": "application/jsonl" }).flushHeaders()
}

let url = ""
governor.add("api", async ({ defer, ready, sleep }) => {
  const server = createServer(({ url }, response) => {
    if (url === "/events") return stream(response)
    response.end(JSON.stringify(governor.snapshot({ tree: true })))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  defer(() => server.closeAllConnections())
  defer(() => server.close())
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  ready()
  await sleep("Infinity")
}, { readiness: "manual" })

governor.add("page", async ({ log, signal }) => {
  const { body } = await fetch(`${url}/events`, { signal })
  const { sequence, services } = await (await fetch(url, { signal })).json() as Snapshot
  for (const { _tag, name } of services) log("%s: %s", name, _tag)
  let rest = ""
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n")
    rest = lines.pop()!
    for (const event of lines.map((line) => JSON.parse(line) as GovernorEvent)) {
      if (event.sequence > sequence && "service" in event) log("%s: %s", event.service, event._tag)
    }
  }
}, { dependsOn: ["api", "ingest"] })

governor.start()
await governor.waitForShutdown()
