/**
 * A fastify app as a service, which loses no request when it leaves.
 *
 *     node examples/11-fastify.ts
 *     curl http://127.0.0.1:3000/
 *
 * Ctrl-C makes the app leave in the steps of `examples/05-server.ts`: `/ready` answers 503 for one second (DRAIN), the app
 * listens no more and closes each connection after its answer, and after 400 milliseconds (GRACE) idle connections too. A
 * client that is not done three seconds after the app stopped to listen is cut off. Then the app closes with its plugins,
 * and the exit code is 0. PORT sets another port. While the port is taken, the service crashes and tries again each second.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"
import Fastify from "fastify"
import { once } from "node:events"
import type { Server } from "node:http"
import { Server as Listener } from "node:net"
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises"

const port = Number(process.env["PORT"] ?? 3000)
const drain = Number(process.env["DRAIN"] ?? 1000)
const grace = Number(process.env["GRACE"] ?? 400)
const patience = 3000

// A closed app cannot listen again, so each run makes its own app.
const web = async ({ defer, log, ready, signal, sleep }: ServiceAPI) => {
  const app = Fastify()
  app.get("/", async () => ({ hello: "world" }))
  app.post("/", async ({ body }) => ({ hello: body }))
  app.get("/ready", async (_, reply) => reply.code(signal.aborted ? 503 : 200).send({ ready: !signal.aborted }))
  app.addHook("onSend", async (_, reply) => {
    if (!app.server.listening) reply.header("connection", "close") // this answer is the last one on its connection
  })
  defer(() => app.close()) // when the run has ended, however it ended
  log("listening on %s", await app.listen({ port, host: "127.0.0.1" })) // if it rejects, the run has crashed
  ready()
  await sleep("Infinity") // until the run has to end
  await delay(drain)
  await disconnect(app.server)
}

/**
 * Listens no more, and waits until all connections are closed. `app.close` alone would cut idle connections at once, even
 * if a request is on its way, answer 503 on the others, and keep them for 72 seconds.
 */
const disconnect = async (server: Server) => {
  // Connections that wait in the queue of the system would be reset: the event loop accepts one in each turn.
  let waiting = true
  server.on("connection", () => waiting = true)
  for (let turns = 0; waiting && turns < 100; turns++) {
    waiting = false
    await turn()
  }
  Listener.prototype.close.call(server)
  // What came in the meantime is read first, in a turn of the event loop: its connection is not idle then.
  setTimeout(() => setImmediate(() => server.closeIdleConnections()), grace).unref()
  server.keepAliveTimeout = 1 // plus one second of Node's: for an answer that had begun before
  setTimeout(() => server.closeAllConnections(), patience).unref()
  await once(server, "close")
}

const governor = new Governor({ stopTimeout: "10 seconds" }).catchSignals().restart("1 second")
governor.add(web, { readiness: "manual" })
governor.start()
await governor.whenReady()
if (!governor.context.aborted) console.log("ready")
await governor.waitForShutdown()
