/**
 * A fastify app as a service.
 *
 *     node examples/11-fastify.ts
 *     curl http://127.0.0.1:3000/
 *
 * Ctrl-C answers the requests that have begun, closes the app with its plugins, and ends the program with exit code 0.
 * PORT sets another port. While the port is taken, the service crashes and tries again each second.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"
import Fastify from "fastify"

const port = Number(process.env["PORT"] ?? 3000)

// A closed app cannot listen again, so each run makes its own app.
const web = async ({ log, ready, sleep }: ServiceAPI) => {
  const app = Fastify()
  app.get("/", async () => ({ hello: "world" }))
  app.post("/", async ({ body }) => ({ hello: body }))
  // While the server closes, it closes each connection after its answer; fastify would keep it open for 72 seconds.
  app.addHook("onResponse", async () => {
    if (!app.server.listening) app.server.closeIdleConnections()
  })
  try {
    log("listening on %s", await app.listen({ port, host: "127.0.0.1" })) // if it rejects, the run has crashed
    ready()
    await sleep("Infinity") // until the run has to end
  } finally {
    await app.close()
  }
}

const governor = new Governor({ stopTimeout: "10 seconds" }).catchSignals().restart("1 second")
governor.add(web, { readiness: "manual" })
governor.start()
await governor.whenReady()
if (!governor.context.aborted) console.log("ready")
await governor.waitForShutdown()
