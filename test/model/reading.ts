/** How the data is read: who is up, who is wanted, the status of each, and the report of all. */
import { reportLine, statusLine } from "./lines.ts"
import type { Service, World } from "./world.ts"

/** All that it depends on, and may be bound to. */
export const namesOf = ({ options: { bindsTo = [], dependsOn = [] } }: {
  readonly options: Pick<Service["options"], "bindsTo" | "dependsOn">
}): ReadonlyArray<string> => [...new Set([...dependsOn, ...bindsTo])]

/** Whether it is meant to be up, and can be. While an abandoned run has not settled, its service counts as over. */
export const isWanted = (service: Service): boolean => service.wanted === "up" && service.abandoned === undefined

/** Whether it is up, on its way up or on its way down: whether a shutdown has to wait for it. */
export const isActive = (service: Service): boolean => service.run !== undefined || isWanted(service)

/** Whether nothing is active any more. */
export const isAllOver = (world: World): boolean => !world.services.some(isActive)

/** Whether nothing of its own keeps its next run from beginning. */
export const isNext = (service: Service): boolean =>
  isWanted(service) && service.run === undefined && service.delay === undefined

/** Whether a cluster has not given it to this governor. */
export const isUnclaimed = ({ lease }: Service): boolean => lease?.isClaimed === false

/** Whether it has a run that nobody has asked to end. */
export const isUp = (service: Service): boolean => service.run !== undefined && service.run.askedAt === undefined

export const statuses = (world: World): ReadonlyArray<string> => world.services.map(statusOf)

const statusOf = (service: Service): string => {
  const { crashes, lastFailure, name, readyAt, rest, restarts, restartsByHand, run, runs, startedAt } = service
  const past = { restarts, crashes, restartsByHand, startedAt, readyAt, lastFailure }
  if (run === undefined || !isUp(service)) return statusLine(name, rest._tag, runs, rest.since, { ...rest, ...past })
  return run.readyAt === undefined
    ? statusLine(name, "Starting", runs, run.startingSince, { ...past, reason: run.reason })
    : statusLine(name, "Running", runs, run.readyAt, past)
}

/** One that leaves when it is over is forgotten if it is, unless all depends on it, or it was given up. */
const isForgotten = ({ abandoned, options, rest }: Service): boolean =>
  options.removeWhenOver === true && options.significant === undefined && abandoned === undefined &&
  rest.isAbandoned !== true && (rest._tag === "Failed" || rest.outcome === "Completed")

/**
 * Every service that was ever started, if only to wait, and was not removed. One that was asked to end after a crash, before it
 * was ready again, has that crash as its cause, and has ended well.
 */
export const report = (world: World, reason: string, duration: number): string => {
  const isReported = ({ hasWaited, rest, runs }: Service) => runs > 0 || hasWaited || rest._tag !== "Pending"
  const reported = world.services.filter((service) => isReported(service) && !isForgotten(service))
  const services = reported.map(({ hasFailed, name, rest, stopTook }) => ({
    name,
    outcome: rest.isAbandoned === true ? "Abandoned" : rest._tag === "Pending" ? "Stopped" : rest._tag,
    duration: stopTook,
    cause: rest.cause === true || hasFailed
  }))
  const ok = reported.every(({ rest }) => rest._tag !== "Failed" && rest.cause !== true)
  return reportLine({ ok, reason, duration, services })
}
