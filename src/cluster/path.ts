/**
 * The names of the services of a cluster, as its database can hold them.
 */
import * as Effect from "effect/Effect"
import { InvalidOption } from "../GovernorError.ts"
import { show } from "../internal/input/GovernorOption.ts"

/** A name is a part of a key and of a notification, which PostgreSQL limits to 2,700 and 8,000 bytes. */
const longest = 1000

/**
 * Dies of `InvalidOption` if PostgreSQL cannot hold the name: nobody would run the service.
 *
 * @internal
 */
export const checkPath = (path: string): Effect.Effect<void> => {
  const isText = !/[\0\p{Surrogate}]/u.test(path)
  if (isText && new TextEncoder().encode(path).length <= longest) return Effect.void
  const expected = `a name of at most ${longest} bytes in UTF-8, without NUL and without half of a pair of code units`
  return Effect.die(new InvalidOption({ field: "name", expected, actual: show(path).slice(0, 100) }))
}
