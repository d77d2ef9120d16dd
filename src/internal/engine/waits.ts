/**
 * Services that wait for their dependencies. That is told when nothing else is left to do, so that nothing is told of services
 * that begin together.
 */
import type { GovernorState } from "../lifecycle/GovernorState.ts"
import { isWaiting } from "../lifecycle/questions.ts"
import { missing, standingFor } from "../lifecycle/readiness.ts"
import { rareOf, type ServiceState } from "../lifecycle/ServiceState.ts"
import { attend, behindRestarts, inNextTurn } from "./loop.ts"
import { fact, monotonic, record } from "./record.ts"
import { watchSlowWaits } from "./slow.ts"

/**
 * How often the restarts that are in line come first. A service in that line may be the dependency that others wait for, and
 * these get in line when it is ready. A service that restarts without end must not keep all others from being told.
 */
const patience = 10

/** A service that waits for more than so many others has a long list, which is copied each time that it is told. */
const long = 100

/** Tells for whom services wait, where that has changed. Returns whether there was anything to tell. */
export const tellWaits = (governor: GovernorState): boolean => {
  const { waits } = governor
  if (governor.isInLine) return false
  const later = inNextTurnOnly(governor)
  const news = newsOf(Array.from(waits).filter((service) => !later.has(service)))
  if (news.length > 0 && governor.timesInLine < patience && behindRestarts(governor)) {
    governor.timesInLine++
    governor.isInLine = true
    return false
  }
  governor.timesInLine = 0
  if (governor.longLists === "ThisTurn") governor.longLists = "None"
  for (const service of waits) {
    if (later.has(service)) continue
    waits.delete(service)
    if (isWaiting(service)) rareOf(service).changes.length = 0
  }
  for (const [service, waitingFor] of news) tellWait(service, waitingFor)
  if (news.length > 0) watchSlowWaits(governor)
  return news.length > 0
}

/** The services with long lists, which are not told of before the next turn of the event loop. */
const inNextTurnOnly = (governor: GovernorState): ReadonlySet<ServiceState> => {
  if (governor.longLists === "ThisTurn") return new Set()
  const later = new Set(
    Array.from(governor.waits).filter(({ status }) => status._tag === "Waiting" && status.waitingFor.length > long)
  )
  if (later.size > 0 && governor.longLists === "None") {
    governor.longLists = "NextTurn"
    inNextTurn(() => {
      governor.longLists = "ThisTurn"
      attend(governor)
    })
  }
  return later
}

const tellWait = (service: ServiceState, waitingFor: ReadonlyArray<string>): void => {
  const { governor, status } = service
  if (status._tag !== "Waiting") rareOf(service).waitsSince = monotonic(governor)
  record(service, { ...fact(service, "ServiceWaiting"), waitingFor })
}

/** The restarts that were in line have begun. */
export const comes = (governor: GovernorState): void => {
  governor.isInLine = false
  attend(governor)
}

/** The services that wait for others than was told, and for whom. */
const newsOf = (
  services: ReadonlyArray<ServiceState>
): ReadonlyArray<readonly [ServiceState, ReadonlyArray<string>]> =>
  services.flatMap((service) => {
    const waitingFor = isWaiting(service) ? waitingForNow(service) : []
    return waitingFor.length === 0 || isTold(service, waitingFor) ? [] : [[service, waitingFor] as const]
  })

/** More changes than these, and all dependencies are looked at. */
const few = 8

/** A service may have thousands of dependencies, which become ready one after another. */
const waitingForNow = (service: ServiceState): ReadonlyArray<string> => {
  const { rare, status } = service
  const changes = rare!.changes
  const isGone = (name: string) => standingFor(service, name) === "Ready"
  if (status._tag !== "Waiting" || changes.length > few || !changes.every(isGone)) return missing(service)
  return changes.reduce((left, name) => without(left, name), status.waitingFor)
}

const without = (names: ReadonlyArray<string>, name: string): ReadonlyArray<string> => {
  const index = names.indexOf(name)
  return index < 0 ? names : names.toSpliced(index, 1)
}

const isTold = ({ status }: ServiceState, waitingFor: ReadonlyArray<string>): boolean =>
  status._tag === "Waiting" && status.waitingFor.length === waitingFor.length &&
  status.waitingFor.every((name, i) => name === waitingFor[i])
