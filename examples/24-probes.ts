/**
 * A server that is probed: it is ready when its port is open, and begins again when it answers no more.
 *
 *     node examples/24-probes.ts
 *
 * In its first run the server accepts connections and never answers, as a server does whose event loop or database is
 * stuck. The client begins when the port is open. After two checks without an answer the run is hung, and another run
 * follows. Ctrl-C stops the client before the server, with exit code 0.
 */
import { Governor, Probe } from "effect-governor/promise"
import { createServer } from "node:http"

const port = Number(process.env["PORT"] ?? 3000)

const governor = new Governor().catchSignals().restart("200 millis")

governor.add("server", async ({ defer, run, sleep }) => {
  const server = createServer((_, response) => {
    if (run > 1) response.end("well")
  })
  defer(() => {
    server.close()
    server.closeAllConnections()
  })
  server.listen(port, "127.0.0.1")
  await sleep("Infinity")
}, {
  readiness: Probe.tcp(port, { every: "50 millis" }),
  liveness: Probe.http(`http://127.0.0.1:${port}/`, { every: "200 millis", timeout: "100 millis", failures: 2 })
})

governor.add("client", async ({ log, sleep }) => {
  log("the port is open")
  await sleep("Infinity")
}, { dependsOn: ["server"] })

governor.start()
await governor.waitForShutdown()
