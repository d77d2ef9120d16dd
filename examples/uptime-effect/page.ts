/**
 * Where the page is: known once the server listens, and then for good.
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Settings } from "./settings.ts"

const make = Effect.gen(function*() {
  const settings = yield* Settings
  const port = yield* Deferred.make<number>()
  return {
    /** A free port is taken by the first run: the next listens there again. */
    port: Effect.flatMap(
      Deferred.isDone(port),
      (known) => known ? Deferred.await(port) : Effect.succeed(settings.port)
    ),
    listening: (on: number) => Deferred.succeed(port, on),
    url: Effect.map(Deferred.await(port), (port) => `http://localhost:${port}/`)
  }
})

export class Page extends Context.Service<Page, Effect.Success<typeof make>>()("uptime/Page") {
  static readonly layer = Layer.effect(Page, make)
}
