import { getRequestListener } from "@hono/node-server"
import type { ServiceAPI } from "effect-governor/promise"
import { Hono } from "hono"
import { once } from "node:events"
import { createServer } from "node:http"
import { drain } from "./drain.ts"
import { work } from "./work.ts"

export const web = async ({ defer, ready, sleep }: ServiceAPI) => {
  const app = new Hono()
  app.get("/", async (context) => context.text(await work("request")))

  const server = createServer(getRequestListener(app.fetch))
  defer(drain(server))
  await once(server.listen(Number(process.env["PORT"])), "listening")
  ready()
  await sleep("Infinity")
}
