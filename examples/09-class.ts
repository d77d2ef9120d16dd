/**
 * A class that you already have, as a service. The class is a client that connects once, reports its end by events, and
 * cannot be used again.
 *
 *     node examples/09-class.ts
 *
 * The first connection ends with an error, and the second is closed by the other side. Both are crashes, and half a
 * second later a new client connects. The third connection stays open until Ctrl-C closes it, with exit code 0.
 */
import { Governor, type Service, type ServiceAPI } from "effect-governor/promise"
import { EventEmitter } from "node:events"

/** Represents the class that you have. */
class Client extends EventEmitter<{ message: [text: string]; error: [error: Error]; close: [] }> {
  static connections = 0
  #timer: NodeJS.Timeout | undefined

  async connect() {
    if (this.#timer !== undefined) throw new Error("a client cannot be connected again")
    const connection = ++Client.connections
    let messages = 0
    this.#timer = setInterval(() => {
      this.emit("message", `message ${++messages} of connection ${connection}`)
      if (messages < 3) return
      if (connection === 1) this.emit("error", new Error("connection reset"))
      if (connection === 2) this.close()
    }, 100)
  }

  close() {
    clearInterval(this.#timer)
    this.emit("close")
  }
}

class Feed implements Service {
  readonly #client = new Client()

  async run({ defer, log, ready, until }: ServiceAPI) {
    const client = this.#client
    defer(() => log("closed"))
    defer(() => client.close()) // called first, and after a crash too
    const closed = new Promise<never>((_, reject) => {
      client.on("message", (text) => log("%s", text))
      client.on("error", reject) // not `once`, because an "error" event without a listener ends the process
      client.on("close", () => reject(new Error("the connection was closed")))
    })
    await until(Promise.race([closed, client.connect()]))
    ready()
    await until(closed) // rejects when the connection is lost, and when the run has to end
  }
}

const governor = new Governor().catchSignals().restart("500 millis")
// Each run gets a fresh Feed, and with it a fresh Client.
governor.add("feed", { create: () => new Feed() }, { readiness: "manual" })
governor.start()
await governor.waitForShutdown()
