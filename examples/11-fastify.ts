/**
 * A fastify app as a service.
 *
 *     node examples/11-fastify.ts
 *     curl http://127.0.0.1:3000/
 *
 * Ctrl-C answers the requests that have begun, closes the app with its plugins and leaves, with exit code 0. PORT sets
 * another port; while it is taken the service crashes, and tries again each second.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"
import Fastify from "fastify"

const port = Number(process.env["PORT"] ?? 3000)

// An app that was closed cannot listen again, so each run makes its own.
const web = async ({ log, ready, sleep }: ServiceAPI) => {
  const app = Fastify()
  app.get("/", async () => ({ hello: "world" }))
  app.post("/", async ({ body }) => ({ hello: body }))
  // While it closes, a connection that has had its answer waits for nothing; fastify would keep it for 72 seconds.
  app.addHook("onResponse", async () => {
    if (!app.server.listening) app.server.closeIdleConnections()
  })
  try {
    log("listening on %s", await app.listen({ port, host: "127.0.0.1" })) // rejects if it cannot: a crash
    ready()
    await sleep("Infinity") // until the service is to end
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
