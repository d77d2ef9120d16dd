/** Rules 19 and 24: how long a run may take to be ready, and from one heartbeat to the next. */
import { after, type Run, type Service, type World } from "./world.ts"

/** Calls once its time is over, if it is still up then. */
export const watch = (world: World, service: Service, run: Run, hung: () => void): void => {
  const { heartbeatTimeout, readiness, startTimeout } = service.options
  const isWell = () => service.run === run && run.askedAt === undefined && !run.isHung
  const checkHeart = (millis: number) => {
    after(world, millis, () => {
      const left = run.beatAt + heartbeatTimeout! - world.now
      if (!isWell()) return
      if (left > 0) checkHeart(left)
      else hung()
    })
  }
  if (startTimeout !== undefined && readiness !== undefined) {
    after(world, startTimeout, () => {
      if (isWell() && run.readyAt === undefined) hung()
    })
  }
  if (heartbeatTimeout !== undefined) checkHeart(heartbeatTimeout)
}

/** How long a stop may take: if nothing is said of it, as long as the service may hang. */
export const stopTimeoutOf = ({ options }: Service): number | undefined =>
  options.stopTimeout ?? options.heartbeatTimeout ?? options.startTimeout
