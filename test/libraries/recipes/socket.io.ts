import type { ServiceAPI } from "effect-governor/promise"
import { once } from "node:events"
import { createServer } from "node:http"
import { Server } from "socket.io"
import { Jobs } from "./Jobs.ts"
import { work } from "./work.ts"

export const sockets = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const jobs = new Jobs(log)
  const server = createServer()
  const io = new Server(server)
  io.on("connection", (socket) => {
    socket.on("ask", (question, answer) => jobs.begin(async () => answer(await work(question))))
  })
  defer(() => io.close()) // also closes the HTTP server
  defer(() => jobs.settled()) // an answer after `close` is lost without an error
  await once(server.listen(Number(process.env["PORT"])), "listening")
  ready()
  await sleep("Infinity")
}
