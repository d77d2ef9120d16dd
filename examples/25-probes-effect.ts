/**
 * A server that is probed: it is ready when its port is open, and begins again when it answers no more.
 *
 *     node examples/25-probes-effect.ts
 *
 * In its first run the server accepts connections and never answers, as a server does whose event loop or database is
 * stuck. The client begins when the port is open. After two checks without an answer the run is hung, and another run
 * follows. Ctrl-C stops the client before the server, with exit code 0.
 */
import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createServer } from "node:http"

const port = Number(process.env["PORT"] ?? 3000)

const listen = (run: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const server = createServer((_, response) => {
        if (run > 1) response.end("well")
      })
      return server.listen(port, "127.0.0.1")
    }),
    (server) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )

const server = Service.make(
  "server",
  Effect.gen(function*() {
    const { run } = yield* ServiceRun
    yield* listen(run)
    return yield* Effect.never
  }),
  {
    readiness: GovernorNode.Probe.tcp(port, { every: "50 millis" }),
    liveness: GovernorNode.Probe.http(`http://127.0.0.1:${port}/`, {
      every: "200 millis",
      timeout: "100 millis",
      failures: 2
    })
  }
)

const client = Service.make("client", Effect.andThen(Effect.logInfo("the port is open"), Effect.never), {
  dependsOn: [server]
})

const Services = Layer.mergeAll(Governor.service(server), Governor.service(client))

Governor.launch(Services, { restart: RestartPolicy.spaced("200 millis") }).pipe(GovernorNode.runMain)
