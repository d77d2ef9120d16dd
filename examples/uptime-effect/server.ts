/**
 * The service that shows the statuses and the latest results as JSON, and the metrics for Prometheus.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Governor, Service, type ServiceStatus } from "effect-governor"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import { createServer } from "node:http"
import { Page } from "./page.ts"
import { Store } from "./store.ts"

const status = Effect.gen(function*() {
  const governor = yield* Governor.Governor
  const store = yield* Store
  const page = { services: (yield* governor.status).map(plain), targets: yield* store.latest }
  return HttpServerResponse.text(JSON.stringify(page, undefined, 2) + "\n", { contentType: "application/json" })
})

/** A status as JSON. A cause is replaced by its message, because the stack must not be public. */
const plain = (status: ServiceStatus.ServiceStatus) =>
  "cause" in status && status.cause !== undefined ? { ...status, cause: String(Cause.squash(status.cause)) } : status

const Routes = Layer.mergeAll(HttpRouter.add("GET", "/", status), PrometheusMetrics.layerHttp())

const Listening = Layer.effectDiscard(Effect.gen(function*() {
  const { address } = yield* HttpServer.HttpServer
  const page = yield* Page
  if (address._tag !== "UnixPathAddress") yield* page.listening(address.port)
  yield* Effect.logInfo(`listening on ${yield* page.url}`)
}))

const Server = Layer.unwrap(Effect.gen(function*() {
  const { port } = yield* Page
  const server = createServer()
  // While the server stops, an open request is answered, and this answer is the last on its connection.
  server.on("request", (_, response) => server.listening || response.setHeader("connection", "close"))
  // Connections that are still open after the graceful time are cut off. The server itself would leave them open.
  const CutOff = Layer.effectDiscard(Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections())))
  return Listening.pipe(
    Layer.provide(HttpRouter.serve(Routes, { disableLogger: true, disableListenLog: true })),
    Layer.provide(CutOff),
    Layer.provide(NodeHttpServer.layer(() => server, { port: yield* port, gracefulShutdownTimeout: "5 seconds" }))
  )
}))

export const server = Service.fromLayer("server", Server)
