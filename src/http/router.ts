/**
 * The door of `effect/http`: the answers as routes of an `HttpRouter`.
 */
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import { MaxBodySize } from "effect/http/HttpIncomingMessage"
import { HttpRouter } from "effect/http/HttpRouter"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Desk } from "./Desk.ts"
import { longestBody, type Question } from "./exchange.ts"
import { toResponse } from "./fetch.ts"
import { isLoopback } from "./guard.ts"
import { answer, paths } from "./routes.ts"

export const routesOf = (desk: Desk, prefix: string): Layer.Layer<never, never, HttpRouter> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const router = yield* HttpRouter
    const within = prefix === "/" ? router : router.prefixed(prefix)
    // The root of a server is the program's own.
    const own = prefix === "/" ? paths.filter((path) => path !== "/") : paths
    for (const path of own) yield* within.add("*", path, respond(desk))
  }))

const respond = (desk: Desk) =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest
    const given = yield* Effect.promise(async () => answer(desk, questionOf(request)))
    return HttpServerResponse.fromWeb(toResponse(given, request.method))
  })

const questionOf = (request: HttpServerRequest): Question => ({
  method: request.method,
  target: request.url,
  header: (name) => request.headers[name],
  body: () => Effect.runPromise(bodyOf(request)),
  door: { isLocal: isFromHere(request), checksHost: false }
})

/** A body that is too long, or that is cut off, is no body of a command. */
const bodyOf = ({ text }: HttpServerRequest): Effect.Effect<string | undefined> =>
  text.pipe(
    Effect.provideService(MaxBodySize, ByteSize.fromInputUnsafe(longestBody)),
    Effect.map((text) => text.length > longestBody ? undefined : text),
    Effect.orElseSucceed(() => undefined)
  )

/** Whether the request comes from this machine, and nobody has passed it on. */
const isFromHere = ({ headers, remoteAddress }: HttpServerRequest): boolean =>
  headers["x-forwarded-for"] === undefined && headers["forwarded"] === undefined &&
  isLoopback(Option.getOrElse(remoteAddress, () => "").replace(/^::ffff:/, ""))
