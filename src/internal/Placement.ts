/**
 * Where the services run of which there is one only, also if there are several processes.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Door } from "./door.ts"
import type { Placed } from "./engine/commands.ts"

export type { Wish } from "./Cluster.ts"

/**
 * Lets a cluster place a service of this governor. `path` is the name of the service in the whole cluster. `add` adds the
 * service to the governor, with what the cluster gives it, and returns its handle.
 */
export type Placement = <E, R>(
  governor: { readonly door: Door },
  path: string,
  add: (placed: Placed) => Effect.Effect<{ readonly remove: Effect.Effect<void, unknown> }, E, R>
) => Effect.Effect<void, E, R | Scope.Scope>

/** By default there is no cluster: a governor has such services like any others. */
export const Placement = /* @__PURE__ */ Context.Reference<Placement | undefined>("effect-governor/Placement", {
  defaultValue: () => undefined
})
