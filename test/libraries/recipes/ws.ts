import type { ServiceAPI } from "effect-governor/promise"
import { once } from "node:events"
import { WebSocketServer } from "ws"
import { Jobs } from "./Jobs.ts"
import { work } from "./work.ts"

export const sockets = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const jobs = new Jobs(log)
  const server = new WebSocketServer({ port: Number(process.env["PORT"]) })
  server.on("connection", (socket) => {
    socket.on("error", log)
    socket.on("message", (message) => jobs.begin(async () => socket.send(await work(message))))
  })
  defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve)) // its clients stay
    await jobs.settled()
    for (const client of server.clients) client.close(1001)
    setTimeout(() => server.clients.forEach((client) => client.terminate()), 1000).unref() // those that do not answer
    await closed
  })
  await once(server, "listening")
  ready()
  await sleep("Infinity")
}
