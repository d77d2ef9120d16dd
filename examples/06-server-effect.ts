/**
 * An HTTP server from Effect's own platform, in a service that is made from a layer.
 *
 *     node examples/06-server-effect.ts
 *     curl -d hello http://localhost:3000/
 *
 * The server sends back what it receives. Each run builds the layer afresh and is ready when the server listens; the
 * log shows this, because its debug lines are on. Ctrl-C answers the requests that have begun, closes idle connections,
 * and cuts off a client that takes longer than 5 seconds. The exit code is 0. PORT sets another port. While the port is
 * taken, the service crashes and tries again each second.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Governor, RestartPolicy, Service } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import { createServer } from "node:http"

const echo = Effect.gen(function*() {
  const request = yield* HttpServerRequest.HttpServerRequest
  return HttpServerResponse.text(yield* request.text)
})

const Routes = Layer.mergeAll(
  HttpRouter.add("GET", "/", HttpServerResponse.text("send me something\n")),
  HttpRouter.add("POST", "/", echo)
)

const makeServer = () => {
  const server = createServer((_, response) => {
    // While the server closes, it closes each connection after its answer; Node would keep it open for seconds.
    response.once("close", () => server.listening || server.closeIdleConnections())
  })
  return server
}

const Server = HttpRouter.serve(Routes).pipe(
  Layer.provide(NodeHttpServer.layerConfig(makeServer, {
    port: Config.Int("PORT").pipe(Config.withDefault(3000)),
    gracefulShutdownTimeout: Config.succeed("5 seconds")
  }))
)

const Services = Governor.service(Service.fromLayer("web", Server))

Governor.launch(Services, { restart: RestartPolicy.spaced("1 second"), stopTimeout: "10 seconds" }).pipe(
  Effect.provideService(References.MinimumLogLevel, "Debug"),
  GovernorNode.runMain
)
