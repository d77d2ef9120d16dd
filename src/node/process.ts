/**
 * The one hub of the process.
 */
import * as Context from "effect/Context"
import { Hub } from "./Hub.ts"
import { real } from "./system.ts"

/**
 * Several copies of this package may be loaded into one process. All use the hub of the copy that needed it first, so
 * that there is one listener for each signal. The number changes when the members of `Hub`, `Member` or `Target` do.
 */
const key = Symbol.for("effect-governor/hub/3")

export const processHub = (): Hub => {
  const shared = globalThis as { [key]?: Hub }
  return shared[key] ??= new Hub(real)
}

/** The hub of the process that a governor is in. A test provides another hub. */
export const CurrentHub = Context.Reference<Hub>("effect-governor/Hub", { defaultValue: processHub })
