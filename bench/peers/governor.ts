/** This package's core. */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { Governor, RestartPolicy, Service } from "../../src/index.ts"
import { effectOf, running } from "./effects.ts"
import { dependsOn, type Engine, named, verify } from "./Engine.ts"

export const engine: Engine = {
  start: async (fleet) => {
    const { count, delay, graph, work } = fleet
    const { promise } = running(fleet)
    const run = effectOf(work)
    const options = { restart: RestartPolicy.spaced(delay) }
    const governor = await promise(Scope.provide(Governor.make(options), Scope.makeUnsafe()))
    await promise(Effect.gen(function*() {
      for (let i = 0; i < count; i++) yield* governor.add(Service.make(named(i), run, dependsOn(fleet, i)))
      yield* governor.start
      if (graph !== undefined) yield* governor.awaitReady
    }))
    return {
      stop: async () => {
        const report = await promise(governor.shutdown)
        verify("services were stopped", report.services.length, count)
      },
      listen: governor.listen
    }
  }
}
