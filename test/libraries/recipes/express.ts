import type { ServiceAPI } from "effect-governor/promise"
import express from "express"
import { once } from "node:events"
import { createServer } from "node:http"
import { drain } from "./drain.ts"
import { work } from "./work.ts"

export const web = async ({ defer, ready, sleep }: ServiceAPI) => {
  const app = express()
  app.get("/", async (_, response) => void response.send(await work("request")))

  const server = createServer(app)
  defer(drain(server))
  await once(server.listen(Number(process.env["PORT"])), "listening") // rejects if the port is taken: a crash
  ready()
  await sleep("Infinity")
}
