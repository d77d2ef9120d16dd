/**
 * One check of one site.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"
import { explain } from "./explain.ts"

export const check = Effect.fnUntraced(function*(target: string) {
  const [elapsed, found] = yield* HttpClient.get(target).pipe(
    Effect.tap(({ stream }) => Stream.runDrain(stream)), // an answer counts once it is complete
    Effect.timeout("5 seconds"),
    Effect.match({
      onSuccess: ({ status }) => ({ up: status >= 200 && status < 300, status }),
      onFailure: (error) => ({ up: false, error: explain(error) })
    }),
    Effect.timed
  )
  const time = yield* Clock.currentTimeMillis
  return { target, time, millis: Math.round(Duration.toMillis(elapsed)), ...found }
})
