/**
 * The address of the page. It is known once the server listens, and then does not change.
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
    /** The first run takes a free port, and the next runs listen on the same port. */
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
