/** What services of Effect do as their `onStop`. */
import * as Effect from "effect/Effect"
import type { Conduct } from "./conduct.ts"
import type { Stage } from "./history.ts"
import type { Scene } from "./Scene.ts"

/** A live run was asked to end, or hangs, perhaps before it was ready. */
const stages: ReadonlySet<Stage> = new Set(["stopping", "hung", "unready"])

/** Once for each run that is asked to end, before it is interrupted. */
export const onStopOf = (name: string, scene: Scene, conductNow: () => Conduct): Effect.Effect<void> => {
  let latest = 0
  return Effect.suspend(() => {
    const { ledger } = scene
    const start = ledger.startsOf(name)
    if (start === latest) ledger.complain(`run ${start} of "${name}" was to stop twice`)
    if (!stages.has(ledger.stageOf(name))) ledger.complain(`"${name}" was to stop, and is ${ledger.stageOf(name)}`)
    latest = start
    scene.enters(name)
    return Effect.ensuring(act(name, scene, conductNow()), Effect.sync(() => scene.leaves(name)))
  })
}

const act = (name: string, scene: Scene, conduct: Conduct): Effect.Effect<void> => {
  switch (conduct.onStop) {
    case "returns":
      return Effect.void
    case "throws":
      return dies(name, scene)
    case "is slow":
      return Effect.sleep(conduct.slowness)
    case "never settles":
      return conduct.failsLate ? Effect.uninterruptible(late(name, scene, conduct)) : Effect.never
  }
}

/** Takes its time, and may fail then. */
export const late = (name: string, scene: Scene, conduct: Conduct): Effect.Effect<void> =>
  Effect.andThen(Effect.promise(() => scene.until(conduct.late)), fate(name, scene, conduct))

/** What comes of it after that time. */
export const fate = (name: string, scene: Scene, { failsLate }: Conduct): Effect.Effect<void> =>
  failsLate ? dies(name, scene) : Effect.void

export const dies = (name: string, scene: Scene): Effect.Effect<never> =>
  Effect.suspend(() => Effect.die(scene.thrownBy(name)))
