import type { ServiceAPI } from "effect-governor/promise"
import Koa from "koa"
import { once } from "node:events"
import { createServer } from "node:http"
import { drain } from "./drain.ts"
import { work } from "./work.ts"

export const web = async ({ defer, ready, sleep }: ServiceAPI) => {
  const app = new Koa()
  app.use(async (context) => {
    context.body = await work("request")
  })

  const server = createServer(app.callback())
  defer(drain(server))
  await once(server.listen(Number(process.env["PORT"])), "listening")
  ready()
  await sleep("Infinity")
}
