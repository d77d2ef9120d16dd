import type { ServiceAPI } from "effect-governor/promise"
import Fastify from "fastify"
import { drain } from "./drain.ts"
import { work } from "./work.ts"

export const web = async ({ defer, ready, sleep }: ServiceAPI) => {
  const app = Fastify()
  app.get("/", () => work("request"))

  defer(() => app.close()) // closes the plugins, after the server
  defer(drain(app.server))
  await app.listen({ port: Number(process.env["PORT"]), host: "127.0.0.1" })
  ready()
  await sleep("Infinity")
}
