/**
 * The service that shows the statuses and the latest results as JSON.
 */
import type { ServiceAPI } from "effect-governor/promise"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

/** How long a request that has begun may delay the end, in milliseconds. */
const patience = 5000

export class StatusServer {
  readonly #status: () => unknown
  #port: number

  /** The port 0 takes any free port. */
  constructor(port: number, status: () => unknown) {
    this.#port = port
    this.#status = status
  }

  /** Undefined as long as the server has not listened on a free port. */
  get url(): string | undefined {
    return this.#port === 0 ? undefined : `http://localhost:${this.#port}/`
  }

  async run({ defer, log, ready, signal, sleep }: ServiceAPI): Promise<void> {
    const server = createServer((request, response) => {
      if (signal.aborted) response.setHeader("connection", "close")
      if (request.url !== "/") return response.writeHead(404).end()
      response.setHeader("content-type", "application/json").end(JSON.stringify(this.#status(), undefined, 2) + "\n")
    })
    defer(() => close(server))
    // An "error" event, for example because the port is taken, rejects this promise, and the run has crashed.
    await once(server.listen(this.#port), "listening")
    this.#port = (server.address() as AddressInfo).port // the next run listens on the same port
    log("listening on %s", this.url)
    ready()
    await Promise.race([once(server, "close"), sleep("Infinity")])
  }
}

/** Requests that have begun are answered. Idle connections are closed at once. */
const close = async (server: Server): Promise<void> => {
  const timer = setTimeout(() => server.closeAllConnections(), patience)
  server.close().closeIdleConnections()
  await once(server, "close").finally(() => clearTimeout(timer))
}
