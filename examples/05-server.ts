/**
 * An HTTP server that says when it listens, and that loses no request when it leaves.
 *
 *     node examples/05-server.ts
 *     curl -T - http://localhost:3000/
 *
 * The server sends back what it receives. curl sends what you type, line by line. Ctrl-C makes the server leave in steps:
 *
 * 1. For one second it serves as before, but `/ready` answers 503. A load balancer that sees this sends its requests
 *    elsewhere. DRAIN sets another time, in milliseconds.
 * 2. It listens no more. It still answers what comes on the connections that it has, and each answer is the last one on
 *    its connection. So it still serves curl, until you end curl with Ctrl-D.
 * 3. After another 400 milliseconds it closes the connections on which nothing comes. GRACE sets another time.
 * 4. Three seconds after the server stopped to listen, it cuts off the clients that are not done.
 *
 * The exit code is 0. PORT sets another port. While the port is taken, the service crashes and tries again each second.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import { type AddressInfo, Server as Listener } from "node:net"
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises"

const port = Number(process.env["PORT"] ?? 3000)
const drain = Number(process.env["DRAIN"] ?? 1000)
const grace = Number(process.env["GRACE"] ?? 400)
const patience = 3000

const echo = async ({ defer, log, ready, signal, sleep }: ServiceAPI) => {
  const server = createServer((request, response) => {
    if (!server.listening) response.setHeader("connection", "close") // this answer is the last one on its connection
    if (request.url === "/ready") response.writeHead(signal.aborted ? 503 : 200)
    request.pipe(response)
  })
  defer(() => close(server)) // when the run has ended, however it ended
  await once(server.listen(port), "listening") // rejects on "error", which is a crash
  log("listening on http://localhost:%d/", (server.address() as AddressInfo).port)
  ready()
  await Promise.race([once(server, "close"), sleep("Infinity")])
  await delay(drain)
}

/** Listens no more, and waits until all connections are closed. */
const close = async (server: Server) => {
  // Connections that wait in the queue of the system would be reset: the event loop accepts one in each turn.
  let waiting = true
  server.on("connection", () => waiting = true)
  for (let turns = 0; waiting && turns < 100; turns++) {
    waiting = false
    await turn()
  }
  // The `close` of HTTP servers also cuts idle connections at once, even if a request is on its way.
  Listener.prototype.close.call(server)
  // What came in the meantime is read first, in a turn of the event loop: its connection is not idle then.
  setTimeout(() => setImmediate(() => server.closeIdleConnections()), grace).unref()
  server.keepAliveTimeout = 1 // plus one second of Node's: for an answer that had begun before
  setTimeout(() => server.closeAllConnections(), patience).unref()
  await once(server, "close")
}

const governor = new Governor({ stopTimeout: "10 seconds" }).catchSignals().restart("1 second")
governor.add(echo, { readiness: "manual" })
governor.start()
await governor.whenReady()
if (!governor.context.aborted) console.log("ready")
await governor.waitForShutdown()
