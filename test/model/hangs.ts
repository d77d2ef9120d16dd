/** Rules 13, 19 and 24: how long a run may take to be ready, from one heartbeat to the next, and to end. */
import { every, failures, type Options } from "./commands.ts"
import { isUp } from "./reading.ts"
import { judgeAfter, type Run, type Service, type World } from "./world.ts"

/** Calls once its time is over, if it is still up then, and has not ended by itself. */
export const watch = (world: World, service: Service, run: Run, hung: (isMute: boolean) => void): void => {
  const { heartbeatTimeout, probe, readiness, startTimeout } = service.options
  const isWell = () => service.run === run && isUp(service) && !run.isHung && run.ended === undefined
  const checkHeart = (millis: number) => {
    judgeAfter(world, millis, () => {
      const left = run.beatAt + heartbeatTimeout! - world.now
      if (!isWell()) return
      if (left > 0) checkHeart(left)
      else hung(true)
    })
  }
  if (startTimeout !== undefined && (readiness !== undefined || probe === "readiness")) {
    judgeAfter(world, startTimeout, () => {
      if (isWell() && !run.wasReady) hung(false)
    })
  }
  if (heartbeatTimeout !== undefined) checkHeart(heartbeatTimeout)
}

/** How long a run may take to end. If nothing is said of it, only one that hangs has a limit: as long as it may hang. */
export const timeToEnd = ({ options, stopTimeout }: Service, run: Run): number | undefined =>
  options.mortal === true && run.isMute
    ? 0
    : stopTimeout ?? (run.isHung ? options.heartbeatTimeout ?? timeOfProbe(options) ?? options.startTimeout : undefined)

const timeOfProbe = ({ probe }: Options): number | undefined => probe === "liveness" ? every * failures : undefined
