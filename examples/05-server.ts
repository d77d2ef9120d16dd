/**
 * An HTTP server that says when it listens, and leaves nobody without an answer.
 *
 *     node examples/05-server.ts
 *     curl -T - http://localhost:3000/
 *
 * It sends back what it is sent: curl sends what you type, line by line. Ctrl-C on the server, and curl is still served
 * until you end it with Ctrl-D. Connections that only wait for a next request are closed at once, and a client that does
 * not come to an end within 5 seconds is cut off. The exit code is 0. PORT sets another port; while it is taken the
 * service crashes, and tries again each second.
 */
import { Governor, type Service, type ServiceAPI, type Stoppable } from "effect-governor/promise"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const port = Number(process.env["PORT"] ?? 3000)
const patience = 5000

class Echo implements Service, Stoppable {
  readonly #server = createServer((request, response) => {
    // While it stops, a connection that has had its answer waits for nothing; Node would keep it for seconds.
    response.once("close", () => this.#server.listening || this.#server.closeIdleConnections())
    request.pipe(response)
  })

  async run({ log, ready }: ServiceAPI) {
    this.#server.listen(port, () => {
      log("listening on http://localhost:%d/", (this.#server.address() as AddressInfo).port)
      ready()
    })
    await once(this.#server, "close") // an "error" rejects it: a crash
  }

  stop() {
    this.#server.close() // the idle connections, too
    setTimeout(() => this.#server.closeAllConnections(), patience).unref()
  }
}

const governor = new Governor().catchSignals().restart("1 second")
governor.add("echo", { create: () => new Echo() }, { readiness: "manual" })
governor.start()
await governor.whenReady()
if (!governor.context.aborted) console.log("ready")
await governor.waitForShutdown()
