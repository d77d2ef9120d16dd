/**
 * The service that shows how things are, as JSON.
 */
import type { ServiceAPI } from "effect-governor/promise"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

/** How long a request that has begun may hold up the leaving, in milliseconds. */
const patience = 5000

export class StatusServer {
  readonly #status: () => unknown
  #port: number
  #server: Server | undefined

  /** With the port 0 it takes a free one. */
  constructor(port: number, status: () => unknown) {
    this.#port = port
    this.#status = status
  }

  /** Unknown until it has listened, if it was to take a free port. */
  get url(): string | undefined {
    return this.#port === 0 ? undefined : `http://localhost:${this.#port}/`
  }

  async run({ log, signal }: ServiceAPI): Promise<void> {
    const server = createServer((request, response) => {
      if (signal.aborted) response.setHeader("connection", "close")
      if (request.url !== "/") return response.writeHead(404).end()
      response.setHeader("content-type", "application/json").end(JSON.stringify(this.#status(), undefined, 2) + "\n")
    })
    server.once("listening", () => {
      this.#port = (server.address() as AddressInfo).port // for good: the next run listens there again
      log("listening on %s", this.url)
    })
    this.#server = server.listen(this.#port)
    // The run lasts until the server has closed. An "error", be it that the port is taken, rejects this: a crash.
    await once(server, "close").finally(() => server.close().closeAllConnections())
  }

  /** Who waits for an answer gets it; who only keeps a connection for later loses it at once. */
  stop(): void {
    const server = this.#server
    server?.close().closeIdleConnections()
    setTimeout(() => server?.closeAllConnections(), patience).unref()
  }
}
