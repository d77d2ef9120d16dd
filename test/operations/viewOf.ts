/** The view of a governor of the core. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Governor, GovernorEvent } from "../../src/index.ts"
import { fromEvent, fromStatus } from "../../src/internal/bridge/plain.ts"
import type { GovernorState } from "../../src/internal/lifecycle/GovernorState.ts"
import { inTree } from "../../src/internal/lifecycle/inside.ts"
import { specOf } from "../../src/internal/lifecycle/specs.ts"
import type { View } from "../../src/operations/View.ts"

export const viewOf = Effect.fnUntraced(function*(
  governor: Governor.Governor,
  events: ReadonlyArray<GovernorEvent.GovernorEvent> = []
) {
  const { sequence, services } = yield* governor.tree.snapshot
  const specs = inTree(governor.door.state as GovernorState, specOf)
  const view: View = {
    governor: "governor",
    sequence,
    now: yield* Clock.currentTimeMillis,
    services: new Map(services.map((status) => [status.name, fromStatus(status)])),
    specs: new Map(specs.map((spec) => [spec.name, spec])),
    events: events.map((event) => fromEvent(event))
  }
  return view
})
