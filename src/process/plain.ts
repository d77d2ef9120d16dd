/**
 * A service in plain TypeScript whose runs are effects of this door.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type Configure, configured, type Shared } from "../internal/bridge/configured.ts"
import { contextOf } from "../internal/bridge/PromiseRun.ts"
import type { PromiseService, ServiceAPI } from "../Service.ts"
import { asOne } from "../worker/thrown.ts"

/** What a run does, and what the core is told of the service. */
interface Made {
  readonly effect: Effect.Effect<void, unknown, Scope.Scope>
  readonly own: object
}

/**
 * `make` checks the options, here and where the service is added.
 *
 * @internal
 */
export const plainService = <Options extends object>(
  options: Options,
  make: (options: Options, service: string | undefined) => Made
): PromiseService => {
  const { effect } = make(options, undefined)
  const run = (api: ServiceAPI) => runPlain(effect, api)
  const configure: Configure = (service, given, name) => {
    const { effect, own } = make({ ...options, ...givenOf(given) }, name)
    const isWrapped = !("run" in service && service.run === run) // `{ ...command("redis-server"), run }`
    return { service: isWrapped ? service : { run: (api) => runPlain(effect, api) }, own }
  }
  const service = { run, [configured]: configure }
  return service
}

const givenOf = ({ heartbeatTimeout, readiness, stopTimeout }: Shared): Shared => ({
  ...(heartbeatTimeout !== undefined && { heartbeatTimeout }),
  ...(readiness !== undefined && { readiness }),
  ...(stopTimeout !== undefined && { stopTimeout })
})

/** The run crashes when its effect fails; what its scope closes after that has the time of a stop. */
const runPlain = async <E>(effect: Effect.Effect<void, E, Scope.Scope>, api: ServiceAPI): Promise<void> => {
  const scope = Scope.makeUnsafe()
  api.defer(async () => throwIn(await Effect.runPromiseExit(Scope.close(scope, Exit.void))))
  const run = Effect.runPromiseExitWith(contextOf(api) ?? Context.empty())
  throwIn(await run(Scope.provide(effect, scope), { signal: api.signal }))
}

/** All errors, as one. An interruption alone is none. */
const throwIn = (exit: Exit.Exit<unknown, unknown>): void => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return
  const { reasons } = exit.cause
  throw asOne(
    reasons.flatMap((one) => one._tag === "Interrupt" ? [] : [one._tag === "Fail" ? one.error : one.defect])
  )
}
