/** This package's core. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { Governor as Core } from "../../src/Governor.ts"
import { Governor, RestartPolicy, Service, ServiceRun } from "../../src/index.ts"
import { effectOf, running } from "./effects.ts"
import { dependsOn, type Engine, type Fleet, named, type Probed, type Started, verify } from "./Engine.ts"

export const engine: Engine = {
  start: (fleet) => startSeen(fleet, () => {}),
  nest: async (fleet) => {
    const { count, work } = fleet
    const { governor, promise, started } = await make(fleet)
    let service: Service.Service<unknown, Scope.Scope> = Service.make("inside", effectOf(work))
    for (let i = 0; i < count; i++) service = Governor.asService("inside", Governor.service(service))
    await promise(Effect.gen(function*() {
      yield* governor.add(service)
      yield* governor.start
      yield* governor.awaitReady
    }))
    return started(count + 1)
  },
  spread: async (fleet, governors) => {
    const { count, delay, work } = fleet
    const { governor, promise, started } = await make(fleet)
    const run = effectOf(work)
    const restart = RestartPolicy.spaced(delay)
    await promise(Effect.gen(function*() {
      for (let i = 0; i < governors; i++) {
        const [first, ...others] = Array.from(
          { length: count / governors },
          (_, i) => Governor.service(Service.make(named(i), run))
        )
        yield* governor.add(Governor.asService(named(i), Layer.mergeAll(first!, ...others), { restart }))
      }
      yield* governor.start
      yield* governor.awaitReady
    }))
    return { ...started(count + governors), listen: governor.tree.listen }
  },
  wait: async (graph, count) => {
    const fleet: Fleet = { count, graph, delay: 0, work: { then: "end", begin: () => {} } }
    const { governor, promise, started } = await make(fleet)
    const readies = new Map<string, Effect.Effect<void>>()
    const run = ServiceRun.use(({ name, ready }) => {
      readies.set(name, ready)
      return Effect.never
    })
    await promise(Effect.gen(function*() {
      for (let i = 0; i < count; i++) {
        yield* governor.add(Service.make(named(i), run, { readiness: "manual", ...dependsOn(fleet, i) }))
      }
      yield* governor.start
    }))
    return {
      ready: (name) => Effect.runSync(readies.get(name)!),
      status: () => Effect.runSync(governor.status),
      stop: started(count).stop
    }
  },
  probe: async (count, probed) => {
    const { governor, promise, started } = await make({ count, delay: 0, work: { then: "end", begin: () => {} } })
    const liveness = probed && { check: checkOf(probed), every: probed.every }
    await promise(Effect.gen(function*() {
      for (let i = 0; i < count; i++) yield* governor.add(Service.make(named(i), Effect.never, { liveness }))
      yield* governor.start
    }))
    return started(count)
  }
}

/** With somebody who looks at the governor from before its first service on. */
export const startSeen = async (fleet: Fleet, look: (governor: Core) => void): Promise<Started> => {
  const { count, graph, work } = fleet
  const { governor, promise, started } = await make(fleet)
  look(governor)
  const run = effectOf(work)
  await promise(Effect.gen(function*() {
    for (let i = 0; i < count; i++) yield* governor.add(Service.make(named(i), run, dependsOn(fleet, i)))
    yield* governor.start
    if (graph !== undefined) yield* governor.awaitReady
  }))
  return started(count)
}

const checkOf = ({ checked, kind }: Probed): Effect.Effect<void> =>
  kind === "value" ? Effect.sync(checked) : Effect.promise(async () => checked())

const make = async (fleet: Fleet) => {
  const { promise } = running(fleet)
  const options = { restart: RestartPolicy.spaced(fleet.delay) }
  const governor = await promise(Scope.provide(Governor.make(options), Scope.makeUnsafe()))
  const started = (services: number): Started => ({
    stop: async () => {
      const report = await promise(governor.shutdown)
      verify("services were stopped", report.services.length, services)
    },
    listen: governor.listen,
    status: () => Effect.runSync(governor.status),
    restart: () => promise(Effect.flatMap(governor.get(named(0)), (first) => first.restart))
  })
  return { governor, promise, started }
}
