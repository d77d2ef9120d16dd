/** What users export, with types they have not imported: a declaration has to be able to name them. */
import { Governor, RestartPolicy, Service } from "effect-governor"
import * as Effect from "effect/Effect"

export const ticker = Service.make("ticker", Effect.never, { restart: RestartPolicy.spaced("1 second") })
export const Ticker = Governor.service(ticker)
export const Supervised = Governor.supervise(Ticker)
export const launched = Governor.launch(Ticker)
export const added = Effect.flatMap(Governor.make(), (governor) => governor.add(ticker))
