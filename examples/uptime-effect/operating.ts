/**
 * What probes, people and programs ask, and what the process manager hears. It is built together with the services, so it is
 * there before the first of them begins.
 */
import { Governor } from "effect-governor"
import { Operations } from "effect-governor/http"
import { notify } from "effect-governor/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Settings } from "./settings.ts"

const Listening = Layer.unwrap(
  Effect.map(
    Settings,
    ({ operations: { token, ...others } }) => Operations.layer({ ...others, tokens: { control: token } })
  )
)

const Notifying = Layer.effectDiscard(Effect.map(Governor.Governor, (governor) => notify(governor)))

export const Operating = Layer.merge(Listening, Notifying)
