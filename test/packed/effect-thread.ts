// @effect-diagnostics missingEffectContext:off
import { ServiceRun } from "effect-governor"
import { serve } from "effect-governor/worker"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

declare const needy: Effect.Effect<void, Error, { readonly _: "Database" } | Scope.Scope>

// @ts-expect-error: nobody provides the database
export const wrong = () => serve(needy)

// @ts-expect-error: nobody provides the database
export const wrongLater = () => serve((_, data: string) => Effect.as(needy, data))

serve((_, text: string) =>
  Effect.flatMap(ServiceRun, ({ name, run }) => Effect.logWarning(`${text} from ${name}, run ${run}`))
)
