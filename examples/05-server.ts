/**
 * An HTTP server that says when it listens, and that answers every request it has accepted.
 *
 *     node examples/05-server.ts
 *     curl -T - http://localhost:3000/
 *
 * The server sends back what it receives. curl sends what you type, line by line. After Ctrl-C the server still serves
 * curl until you end curl with Ctrl-D. The server closes idle connections at once, and cuts off a client that takes
 * longer than 5 seconds. The exit code is 0. PORT sets another port. While the port is taken, the service crashes and
 * tries again each second.
 */
import { Governor, type Service, type ServiceAPI, type Stoppable } from "effect-governor/promise"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const port = Number(process.env["PORT"] ?? 3000)
const patience = 5000

class Echo implements Service, Stoppable {
  readonly #server = createServer((request, response) => {
    // While the server closes, it closes each connection after its answer; Node would keep it open for seconds.
    response.once("close", () => this.#server.listening || this.#server.closeIdleConnections())
    request.pipe(response)
  })

  async run({ log, ready }: ServiceAPI) {
    this.#server.listen(port, () => {
      log("listening on http://localhost:%d/", (this.#server.address() as AddressInfo).port)
      ready()
    })
    await once(this.#server, "close") // rejects on "error", which is a crash
  }

  stop() {
    this.#server.close() // also closes idle connections
    setTimeout(() => this.#server.closeAllConnections(), patience).unref()
  }
}

const governor = new Governor().catchSignals().restart("1 second")
governor.add("echo", { create: () => new Echo() }, { readiness: "manual" })
governor.start()
await governor.whenReady()
if (!governor.context.aborted) console.log("ready")
await governor.waitForShutdown()
