import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Governor, Service } from "effect-governor"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { createServer } from "node:http"
import { drain } from "./drain.ts"
import { work } from "./work.ts"

const answer = Effect.map(Effect.promise(() => work("request")), (text) => HttpServerResponse.text(text))

const Web = Layer.suspend(() => {
  const server = createServer()
  // Built last, so closed first: the layer of the server would interrupt the handlers after 20 seconds, and answer 503.
  return Layer.effectDiscard(Effect.addFinalizer(() => Effect.promise(drain(server)))).pipe(
    Layer.provide(HttpRouter.serve(HttpRouter.add("GET", "/", answer))),
    Layer.provide(NodeHttpServer.layerConfig(() => server, { port: Config.Int("PORT") }))
  )
})

export const services = Governor.service(Service.fromLayer("web", Web))
