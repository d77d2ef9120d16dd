#!/usr/bin/env bash
# An SSE stream of Effect's `HttpApi` sends the message of a defect to the client. Every other handler keeps it.
#
# Version: effect 4.1.0, on Node 26.10.0.
# Behaviour: the endpoint `plain` dies with an Error. The client gets 500 and an empty body, and the server logs the
#   error. The endpoint `stream`, whose schema is `HttpApiSchema.StreamSse` without an `error`, emits one event and then
#   dies with the same Error. The client gets the event, and after that the event `effect/http-api/stream/failure`,
#   whose data is the whole cause, encoded: the name and the message of the error too.
# Output seen:
#   plain 500, the message is sent: false
#   stream 200, the message is sent: true
# Why the guess is wrong: an endpoint that declares no error has nothing to say about one. So one guesses that a defect,
#   which is a fault of the program and may name hosts, users or queries, ends the stream, as it ends any other answer:
#   without a word to the client. The documentation of `StreamSse` speaks of typed failures only. A stream has to catch
#   its defects itself, before it is returned.
#
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm install --no-audit --no-fund effect@4.1.0 > npm.log 2>&1

cat > stream.mjs << 'JS'
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const message = "cannot reach the host of the database"

const Api = HttpApi.make("api").add(
  HttpApiGroup.make("group").add(
    HttpApiEndpoint.get("plain", "/plain", { success: Schema.String }),
    HttpApiEndpoint.get("stream", "/stream", { success: HttpApiSchema.StreamSse({ data: Schema.String }) })
  )
)

const Handlers = HttpApiBuilder.group(Api, "group", (handlers) =>
  handlers
    .handle("plain", () => Effect.die(new Error(message)))
    .handle("stream", () => Effect.succeed(Stream.concat(Stream.make("first"), Stream.die(new Error(message))))))

const App = HttpApiBuilder.layer(Api).pipe(Layer.provide(Handlers), Layer.provide(HttpServer.layerServices))
const { dispose, handler } = HttpRouter.toWebHandler(App, { disableLogger: true })
for (const path of ["plain", "stream"]) {
  const response = await handler(new Request(`http://localhost/${path}`), Context.empty())
  console.log(`${path} ${response.status}, the message is sent: ${(await response.text()).includes(message)}`)
}
await dispose()
JS

node stream.mjs > output
cat output
diff - output << 'TEXT'
plain 500, the message is sent: false
stream 200, the message is sent: true
TEXT
