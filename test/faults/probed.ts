/** The options of a service with its probes, for each door. */
import { Checks } from "./Checks.ts"
import type { Options } from "./conduct.ts"
import type { Scene } from "./Scene.ts"

type Probed = Pick<Options, "readiness" | "liveness">

export const ofPromise = <A extends Probed>(name: string, scene: Scene, { liveness, readiness, ...options }: A) => ({
  ...options,
  readiness: typeof readiness === "object"
    ? new Checks(name, scene, "readiness", readiness).ofPromise()
    : readiness,
  liveness: liveness && new Checks(name, scene, "liveness", liveness).ofPromise()
})

export const ofEffect = <A extends Probed>(name: string, scene: Scene, { liveness, readiness, ...options }: A) => ({
  ...options,
  readiness: typeof readiness === "object" ? new Checks(name, scene, "readiness", readiness).ofEffect() : readiness,
  liveness: liveness && new Checks(name, scene, "liveness", liveness).ofEffect()
})
