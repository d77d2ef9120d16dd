/**
 * What is seen and commanded of a governor over HTTP, for programs on Effect.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { HttpRouter } from "effect/http/HttpRouter"
import type { ServeError } from "effect/http/HttpServerError"
import * as Layer from "effect/Layer"
import { Governor } from "../Governor.ts"
import type { InvalidOption } from "../GovernorError.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import { sightOf } from "../internal/sight.ts"
import type { Desk } from "./Desk.ts"
import { listen, type Listening } from "./Listener.ts"
import { deskOf, keys, listenKeys, type ListenOptions, type OperationsOptions } from "./options.ts"

export type { Operations } from "./plain.ts"

/**
 * A listener of its own for the governor. It answers from the moment on at which the layer is built, and until the shutdown
 * is complete.
 *
 * **Details**
 *
 * The options are those of `operations` and of its `listen`. Build the layer together with the services: then it is there
 * before the first of them begins. The log has a line with its address. The layer fails with `ServeError` if nothing can
 * listen there.
 *
 * **Example** (A program that probes can ask)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import { Operations } from "effect-governor/http"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const Services = Layer.mergeAll(
 *   Governor.service("hello", Effect.logInfo("hello")),
 *   Operations.layer({ drainDelay: "5 seconds" })
 * )
 *
 * const report = await Effect.runPromise(Governor.launch(Services))
 * console.log(report.ok) // true
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: OperationsOptions & ListenOptions = {}
): Layer.Layer<never, InvalidOption | ServeError, Governor> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { host, port, socketPath, ...others } = yield* checked(() =>
      Option.known("options", options, [...keys, ...listenKeys])
    )
    const desk = yield* deskFor(others)
    const { url } = yield* Effect.acquireRelease(
      listening(desk, { host, port, socketPath }),
      ({ close }) => Effect.promise(close)
    )
    yield* Effect.logInfo(`a page and operations at ${url}`)
  }))

/**
 * The same answers as routes of an `HttpRouter`, under a `prefix`, `"/"` by default. A server of the program serves them.
 * Without a prefix, `/` itself stays the program's own, and there is no page.
 *
 * **Gotchas**
 *
 * A server that is a service, or that the services use, ends before the shutdown is complete, and nobody answers the probes
 * then. `layer` has no such gap.
 *
 * **Example** (Beside the routes of the program)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import { Operations } from "effect-governor/http"
 * import * as Effect from "effect/Effect"
 * import * as HttpRouter from "effect/http/HttpRouter"
 * import * as HttpServer from "effect/http/HttpServer"
 * import * as HttpServerResponse from "effect/http/HttpServerResponse"
 * import * as Layer from "effect/Layer"
 *
 * const App = Layer.mergeAll(
 *   HttpRouter.add("GET", "/", HttpServerResponse.text("hello")),
 *   Operations.routes({ prefix: "/ops" })
 * ).pipe(Layer.provide(Governor.supervise(Governor.service("clock", Effect.never))))
 *
 * const { dispose, handler } = HttpRouter.toWebHandler(App.pipe(Layer.provide(HttpServer.layerServices)))
 * const answer = await handler(new Request("http://localhost/ops/livez"))
 * console.log(answer.status) // 200
 * await dispose()
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const routes = (
  options: OperationsOptions & { readonly prefix?: string | undefined } = {}
): Layer.Layer<never, InvalidOption, Governor | HttpRouter> =>
  Layer.unwrap(Effect.gen(function*() {
    const { prefix = "/", ...others } = options
    const desk = yield* deskFor(others)
    // The modules for HTTP take longer to load than all the rest, and a listener of its own does without.
    const { routesOf } = yield* Effect.promise(() => import("./router.ts"))
    return routesOf(desk, prefix)
  }))

const deskFor = (options: OperationsOptions): Effect.Effect<Desk, InvalidOption, Governor> =>
  Effect.flatMap(Governor, (governor) => checked(() => deskOf(sightOf(governor), options)))

const checked = <A>(make: () => A): Effect.Effect<A, InvalidOption> =>
  Effect.try({ try: make, catch: (error) => isInvalid(error) ? error : Effect.die(error) as never })

const isInvalid = (error: unknown): error is InvalidOption =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "InvalidOption"

const listening = (desk: Desk, where: ListenOptions): Effect.Effect<Listening, InvalidOption | ServeError> =>
  Effect.flatMap(
    Effect.promise(() => listen(desk, where).then(Effect.succeed, failed)),
    (listening) => listening
  )

const failed = (cause: unknown): Effect.Effect<never, InvalidOption | ServeError> =>
  isInvalid(cause) ? Effect.fail(cause) : Effect.flatMap(
    Effect.promise(() => import("effect/http/HttpServerError")),
    ({ ServeError }) => Effect.fail(new ServeError({ cause }))
  )
