/**
 * An HTTP server from Effect's own platform, in a service that is made from a layer, which loses no request when it leaves.
 *
 *     node examples/06-server-effect.ts
 *     curl -d hello http://localhost:3000/
 *
 * The server sends back what it receives. Each run builds the layer afresh and is ready when the server listens; the
 * log shows this, because its debug lines are on. Ctrl-C makes the server leave in the steps of `examples/05-server.ts`:
 * `/ready` answers 503 for one second (DRAIN), the server listens no more and closes each connection after its answer, and
 * after 400 milliseconds (GRACE) idle connections too. A client that is not done three seconds after the server stopped to
 * listen is cut off. The exit code is 0. PORT sets another port. While the port is taken, the service crashes and tries
 * again each second.
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
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import { Server as Listener } from "node:net"
import { setImmediate as turn } from "node:timers/promises"

const echo = Effect.gen(function*() {
  const request = yield* HttpServerRequest.HttpServerRequest
  return HttpServerResponse.text(yield* request.text)
})

const setting = (name: string, fallback: number) => Config.Int(name).pipe(Config.withDefault(fallback))

const Routes = Layer.mergeAll(
  HttpRouter.add("GET", "/", HttpServerResponse.text("send me something\n")),
  HttpRouter.add("POST", "/", echo)
)

/** Listens no more, and waits until all connections are closed. */
const close = async (server: Server, grace: number) => {
  // Connections that wait in the queue of the system would be reset: the event loop accepts one in each turn.
  let waiting = true
  server.on("connection", () => waiting = true)
  for (let turns = 0; waiting && turns < 100; turns++) {
    waiting = false
    await turn()
  }
  // The `close` of HTTP servers, which NodeHttpServer calls, also cuts idle connections at once, even if a request is on
  // its way. It does nothing if the server does not listen any more.
  Listener.prototype.close.call(server)
  // What came in the meantime is read first, in a turn of the event loop: its connection is not idle then.
  setTimeout(() => setImmediate(() => server.closeIdleConnections()), grace).unref()
  server.keepAliveTimeout = 1 // plus one second of Node's: for an answer that had begun before
  setTimeout(() => server.closeAllConnections(), 3000).unref()
  await once(server, "close")
}

const Web = Layer.suspend(() => {
  const server = createServer()
  let leaving = false

  const Ready = HttpRouter.add(
    "GET",
    "/ready",
    Effect.sync(() => HttpServerResponse.empty({ status: leaving ? 503 : 200 }))
  )
  const LastAnswers = HttpRouter.middleware(
    (route) =>
      Effect.map(
        route,
        (response) => server.listening ? response : HttpServerResponse.setHeader(response, "connection", "close")
      ),
    { global: true }
  )

  // It is built last, so that it comes first when the layer is closed.
  const Drain = Layer.effectDiscard(Effect.gen(function*() {
    const drain = yield* setting("DRAIN", 1000)
    const grace = yield* setting("GRACE", 400)
    yield* Effect.addFinalizer(() =>
      Effect.gen(function*() {
        leaving = true
        yield* Effect.sleep(drain)
        yield* Effect.promise(() => close(server, grace))
      })
    )
  }))

  return Drain.pipe(
    Layer.provide(HttpRouter.serve(Layer.mergeAll(Routes, Ready, LastAnswers))),
    Layer.provide(NodeHttpServer.layerConfig(() => server, { port: setting("PORT", 3000) }))
  )
})

const Services = Governor.service(Service.fromLayer("web", Web))

Governor.launch(Services, { restart: RestartPolicy.spaced("1 second"), stopTimeout: "10 seconds" }).pipe(
  Effect.provideService(References.MinimumLogLevel, "Debug"),
  GovernorNode.runMain
)
