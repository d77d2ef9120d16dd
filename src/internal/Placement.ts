/**
 * Where the services run of which there is one only, also if there are several processes.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { DuplicateService, GovernorClosed, InvalidOption } from "../GovernorError.ts"
import type { Service } from "../Service.ts"
import type { Door } from "./door.ts"

export type { Wish } from "./Cluster.ts"

/** Adds a service to a governor that is in a cluster. `path` is the name of the service in the whole cluster. */
export type Placement = <E, R>(
  governor: { readonly door: Door },
  path: string,
  service: Service<E, R>
) => Effect.Effect<void, DuplicateService | GovernorClosed | InvalidOption, Exclude<R, Scope.Scope> | Scope.Scope>

/** By default there is no cluster: a governor has such services like any others. */
export const Placement = /* @__PURE__ */ Context.Reference<Placement | undefined>("effect-governor/Placement", {
  defaultValue: () => undefined
})
