/**
 * Metrics, spans, and a log of JSON lines for an operator.
 *
 *     node examples/18-observability-effect.ts
 *     curl http://localhost:9464/metrics
 *
 * A server shows the metrics to Prometheus: runs, restarts, crashes, and the number of services in each state. With
 * OTEL_EXPORTER_OTLP_ENDPOINT, such as http://localhost:4318, the program sends metrics, log lines, and a span for each
 * start and stop of a service to that collector; the last of them after the shutdown. A service that crashes twice
 * gives something to show. Ctrl-C ends the program with exit code 0. PORT sets another port.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Config from "effect/Config"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Otlp from "effect/observability/Otlp"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as Option from "effect/Option"
import { createServer } from "node:http"

class Unavailable extends Data.TaggedError("Unavailable")<{ readonly message: string }> {}

const flaky = Effect.gen(function*() {
  if ((yield* ServiceRun).run <= 2) return yield* new Unavailable({ message: "the upstream is unavailable" })
  yield* Effect.logInfo("the upstream answers")
  return yield* Effect.never
})

const MetricsServer = HttpRouter.serve(PrometheusMetrics.layerHttp(), { disableLogger: true }).pipe(
  Layer.provide(NodeHttpServer.layerConfig(createServer, { port: Config.Int("PORT").pipe(Config.withDefault(9464)) }))
)

const Services = Layer.mergeAll(
  Governor.service(Service.fromLayer("metrics", MetricsServer)),
  Governor.service("flaky", flaky)
)

/** An empty layer if the endpoint is not set. */
const Collector = Layer.unwrap(Effect.gen(function*() {
  const endpoint = yield* Config.option(Config.String("OTEL_EXPORTER_OTLP_ENDPOINT"))
  if (Option.isNone(endpoint)) return Layer.empty
  const options = { baseUrl: endpoint.value, resource: { serviceName: "example" } }
  return Layer.provide(Otlp.layerJson(options), FetchHttpClient.layer)
}))

// These layers are around the governor, so that the collector gets the data of the shutdown too.
const Observability = Layer.provideMerge(Collector, Logger.layer([Logger.consoleJson]))

Governor.launch(Services, { name: "example", restart: RestartPolicy.onFailure("100 millis") }).pipe(
  Effect.provide(Observability),
  GovernorNode.runMain
)
