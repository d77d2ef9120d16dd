import { once } from "node:events"
import type { Server } from "node:http"
import { Server as Listener } from "node:net"
import { setImmediate as turn } from "node:timers/promises"

/** Returns what closes the server: it listens no more, answers what it has accepted, and cuts off clients that are slow. */
export const drain = (server: Server) => {
  server.prependListener("request", (_, response) => {
    if (!server.listening) response.setHeader("connection", "close") // this answer is the last one on its connection
  })
  return async () => {
    if (!server.listening) return // the port was taken
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
    setTimeout(() => setImmediate(() => server.closeIdleConnections()), 400).unref()
    server.keepAliveTimeout = 1 // plus one second of Node's: for an answer that had begun before
    setTimeout(() => server.closeAllConnections(), 3000).unref()
    await once(server, "close")
  }
}
