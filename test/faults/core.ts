/** A governor of the core, for the soak. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { CurrentLoggers } from "effect/References"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Governor, type GovernorEvent, Service } from "../../src/index.ts"
import type { GovernorOptions } from "../../src/promise/index.ts"
import { innerOptionsFrom, type Options, policyOf } from "./conduct.ts"
import { effectBody } from "./effectBody.ts"
import { ofEffect as probedEffect, ofPromise as probedPromise } from "./probed.ts"
import { promiseBody } from "./promiseBody.ts"
import type { Scene } from "./Scene.ts"
import type { Subject } from "./Subject.ts"

type Surroundings = { readonly log: () => void; readonly complain: (problem: string) => void }

export const core = (
  scene: Scene,
  options: GovernorOptions & Pick<Options, "restart">,
  { complain, log }: Surroundings
): Subject => {
  const { random } = scene
  const context = Context.make(CurrentLoggers, new Set([Logger.make(() => log())]))
  const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromiseWith(context)(effect)
  const now = <A, E>(effect: Effect.Effect<A, E>) => Effect.runSyncWith(context)(effect)
  const scope = Scope.makeUnsafe()
  const governor = now(Scope.provide(Governor.make(policed(options)), scope))
  /** Of those that are layers: closing is their removal. */
  const layers = new Map<string, Scope.Closeable>()
  let isStarted = false
  const add = (name: string, service: Service.Service<unknown>) => {
    if (random.chance(0.3)) now(build(name, service))
    else now(governor.add(service))
    if (isStarted) void run(Effect.ignore(Effect.flatMap(governor.get(name), ({ start }) => start)))
  }
  const build = (name: string, service: Service.Service<unknown>) =>
    Effect.suspend(() => {
      const own = Scope.makeUnsafe()
      layers.set(name, own)
      return Layer.buildWithScope(Governor.service(service), own).pipe(
        Effect.provideService(Governor.Governor, governor),
        Effect.tap(() => Effect.sync(() => scene.ledger.isLayer(name)))
      )
    })
  return {
    add: (name, options) =>
      add(
        name,
        random.chance(0.8)
          ? ofEffect(name, scene, governor, options)
          : Service.fromPromise(name, promiseBody(name, scene), policed(probedPromise(name, scene, options)))
      ),
    addNested: (name, names, make) => add(name, nested(name, names, make)),
    start: () => {
      isStarted = true
      now(governor.start)
    },
    command: (name, deed, timeout = Infinity) => {
      const own = layers.get(name)
      if (deed !== "remove" || own === undefined) {
        const command = Effect.flatMap(governor.get(name), (handle): Effect.Effect<void, unknown> => handle[deed])
        return run(timeout === Infinity ? command : Effect.timeout(command, timeout))
      }
      layers.delete(name)
      scene.ledger.closes(name)
      return run(Scope.close(own, Exit.void))
    },
    awaits: (name, what) =>
      run(Effect.flatMap(governor.get(name), (handle) => {
        const told = what === "ready"
          ? handle.awaitReady
          : Effect.map(handle.awaitOver, (report) => report.name === name)
        return Effect.asVoid(told)
      })),
    statuses: () => now(governor.status),
    listen: governor.listen,
    read: (millis) =>
      run(read(governor, { millis, isPatient: random.chance(0.5), pause: random.pick([0, 50, 2000]) }, complain)),
    shutdown: async () => {
      const shutdowns = [governor.shutdown, governor.shutdownWith("enough"), Scope.close(scope, Exit.void)]
      void run(random.pick(shutdowns))
      const [first, second] = await Promise.all([run(governor.awaitShutdown), run(governor.shutdown)])
      if (first !== second) complain("two who asked got different reports")
      for (const own of layers.values()) await run(Scope.close(own, Exit.void))
      await run(Scope.close(scope, Exit.void))
      return first
    }
  }
}

const policed = <A extends Pick<Options, "restart">>({ restart, ...options }: A) => ({
  ...options,
  restart: policyOf(restart)
})

const ofEffect = (
  name: string,
  scene: Scene,
  governor: Governor.Governor,
  options: Options
): Service.Service<unknown> => {
  const { onStop, run } = effectBody(name, scene, governor)
  return Service.make(name, run, {
    ...policed(probedEffect(name, scene, options)),
    ...(scene.random.chance(0.2) && { onStop })
  })
}

/** Each run is a scene of its own. */
const nested = (name: string, names: ReadonlyArray<string>, make: () => Scene): Service.Service<unknown> => {
  const services = Layer.unwrap(Effect.gen(function*() {
    const scene = make()
    const governor = yield* Governor.Governor
    governor.listen((event) => {
      scene.ledger.hear(event)
      if (event._tag === "ShutdownCompleted") scene.ledger.close(event.report)
    })
    const [first, ...others] = names.map((name) =>
      Governor.service(ofEffect(name, scene, governor, scene.watched(name, innerOptionsFrom(scene.random))))
    )
    return first === undefined ? Layer.empty : Layer.mergeAll(first, ...others)
  }))
  return Governor.asService(name, services, {
    restart: policyOf(20),
    service: { stopTimeout: 300, restart: policyOf(50) }
  })
}

interface Reading {
  readonly millis: number
  /** Reads to the end. */
  readonly isPatient: boolean
  /** Now and then, in milliseconds. */
  readonly pause: number
}

/**
 * Reads events with pauses in between, for some time or to the end. Who reads to the end has heard of each event, or of that
 * it was dropped.
 */
const read = Effect.fnUntraced(
  function*(governor: Governor.Governor, { isPatient, millis, pause }: Reading, complain: (problem: string) => void) {
    const published: Array<GovernorEvent.GovernorEvent> = []
    yield* Effect.acquireRelease(
      Effect.sync(() => governor.listen((event) => published.push(event))),
      (unlisten) => Effect.sync(unlisten)
    )
    const subscription = yield* governor.subscribe // after that: a reader who waits hears of an event as it is published
    let [heard, dropped, at] = [0, 0, 0]
    const hear = (event: GovernorEvent.GovernorEvent) => {
      if (event._tag === "EventsDropped") {
        dropped += event.count
        return
      }
      heard++
      const found = published.indexOf(event, at) + 1
      if (found === 0) complain(`a stream gave ${event._tag} out of order`)
      else at = found
    }
    const all = Stream.fromSubscription(subscription).pipe(
      Stream.takeUntil((event) => event._tag === "ShutdownCompleted"),
      Stream.runForEach((event) =>
        Effect.andThen(Effect.sync(() => hear(event)), heard % 500 === 1 ? Effect.sleep(pause) : Effect.void)
      )
    )
    const fiber = yield* Effect.forkScoped(all)
    if (!isPatient) return yield* Effect.andThen(Effect.sleep(millis), Fiber.interrupt(fiber))
    yield* Fiber.join(fiber)
    const end = published.findIndex(({ _tag }) => _tag === "ShutdownCompleted") + 1
    if (heard + dropped !== end) complain(`a stream gave ${heard} events and dropped ${dropped}, of ${end}`)
  },
  Effect.scoped
)
