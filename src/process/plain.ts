/**
 * A service in plain TypeScript whose runs are effects of this door.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { ownOptions } from "../internal/bridge/ownOptions.ts"
import { contextOf } from "../internal/bridge/PromiseRun.ts"
import type { PromiseService, ServiceAPI } from "../Service.ts"

/**
 * The options are those that the service brings along.
 *
 * @internal
 */
export const plainService = <E>(effect: Effect.Effect<void, E, Scope.Scope>, own: object): PromiseService => {
  const service = { run: (api: ServiceAPI) => runPlain(effect, api), [ownOptions]: own }
  return service
}

/** The run crashes when its effect fails; what its scope closes after that has the time of a stop. */
const runPlain = async <E>(effect: Effect.Effect<void, E, Scope.Scope>, api: ServiceAPI): Promise<void> => {
  const scope = Scope.makeUnsafe()
  api.defer(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const run = Effect.runPromiseExitWith(contextOf(api) ?? Context.empty())
  const exit = await run(Scope.provide(effect, scope), { signal: api.signal })
  if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) throw Cause.squash(exit.cause)
}
