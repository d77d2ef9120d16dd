/** Services of Effect that behave as they are told to. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ServiceRun, StopService } from "../../src/index.ts"
import type { Conduct } from "./conduct.ts"
import type { Scene } from "./Scene.ts"

type Body = Effect.Effect<void, unknown, Scope.Scope>

/** The run counts until its scope is closed, in those that have one. */
export const effectBody = (name: string, scene: Scene): Body =>
  Effect.suspend(() => {
    const conduct = scene.conduct()
    const body = Effect.suspend(() => begin(name, scene, conduct))
    const begins = Effect.sync(() => scene.begins(name))
    const leaves = Effect.sync(() => scene.leaves(name))
    if (conduct.litter === "nothing" && conduct.stop === "nothing") {
      return Effect.acquireUseRelease(begins, () => body, () => leaves)
    }
    return Effect.andThen(Effect.acquireRelease(begins, () => leaves), body)
  })

const begin = (name: string, scene: Scene, conduct: Conduct): Body => {
  if (conduct.first === "throws") throw scene.thrownBy(name)
  if (conduct.first === "returns") return Effect.void
  return Effect.gen(function*() {
    yield* litter(name, scene, conduct)
    yield* Effect.onInterrupt(lasts(conduct), () => leave(name, scene, conduct))
    yield* end(name, scene, conduct)
  })
}

/** In its scope, and what it leaves behind there. */
const litter = Effect.fnUntraced(function*(name: string, scene: Scene, conduct: Conduct) {
  if (conduct.stop !== "nothing") yield* Effect.addFinalizer(() => stop(name, scene, conduct))
  const { fork } = yield* ServiceRun
  switch (conduct.litter) {
    case "a sleep":
      return yield* Effect.forkChild(Effect.sleep("1 hour"))
    case "a child":
      return yield* fork(Effect.never)
    case "a failing child":
      return yield* fork(
        Effect.andThen(Effect.sleep(conduct.slowness), Effect.suspend(() => Effect.fail(scene.thrownBy(name, "child"))))
      )
    case "nothing":
    case "a listener":
      return undefined
  }
})

const lasts = Effect.fnUntraced(function*({ asked, beats, lasts, readyAfter }: Conduct) {
  const { heartbeat, ready } = yield* ServiceRun
  yield* Effect.sleep(readyAfter)
  yield* ready
  if (asked === "ignores it") return // and goes on where nobody can interrupt it
  for (let left = lasts; left > 0; left -= 20) {
    if (beats) yield* heartbeat
    yield* beats ? Effect.sleep(Math.min(left, 20)) : left === Infinity ? Effect.never : Effect.sleep(left)
    if (!beats) return
  }
})

const leave = (name: string, scene: Scene, conduct: Conduct): Effect.Effect<void> => {
  if (conduct.asked === "leaves slowly") return Effect.sleep(conduct.slowness)
  return conduct.asked === "throws" ? dies(name, scene) : Effect.void
}

const end = (name: string, scene: Scene, conduct: Conduct): Effect.Effect<void, unknown> => {
  if (conduct.asked === "ignores it") return Effect.uninterruptible(late(name, scene, conduct))
  switch (conduct.ends) {
    case "returns":
      return Effect.void
    case "throws":
      return Effect.suspend(() => Effect.fail(scene.thrownBy(name)))
    case "stops":
      return Effect.fail(new StopService())
    case "stops for good":
      return ServiceRun.use(({ stop }) => stop)
    case "interrupts itself":
      return Effect.interrupt
  }
}

const stop = (name: string, scene: Scene, conduct: Conduct): Effect.Effect<void> => {
  switch (conduct.stop) {
    case "nothing":
    case "returns":
      return Effect.void
    case "throws":
    case "rejects":
      return dies(name, scene)
    case "is slow":
      return Effect.sleep(conduct.slowness)
    case "never settles":
      return late(name, scene, conduct)
  }
}

const late = (name: string, scene: Scene, conduct: Conduct): Effect.Effect<void> =>
  Effect.andThen(
    Effect.promise(() => scene.until(conduct.late)),
    conduct.failsLate ? dies(name, scene) : Effect.void
  )

const dies = (name: string, scene: Scene): Effect.Effect<never> =>
  Effect.suspend(() => Effect.die(scene.thrownBy(name)))
