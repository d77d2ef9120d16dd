/**
 * A layer closes: its service is removed. The services that depend on it are stopped before.
 */
import * as Effect from "effect/Effect"
import type { StopReason } from "../../GovernorEvent.ts"
import * as Descent from "../lifecycle/Descent.ts"
import { isOpen } from "../lifecycle/GovernorState.ts"
import { isGone, isPending, isUp, shallRun, wasAsked } from "../lifecycle/questions.ts"
import { rareOf, type ServiceState } from "../lifecycle/ServiceState.ts"
import { abandon, leave } from "./end.ts"
import { attend } from "./loop.ts"
import { changed } from "./record.ts"

type Closing = Descent.Descent & { readonly _tag: "Closing" }

/**
 * Removes a service whose layer closes. Until that is done, nothing begins that depends on the service or on those above
 * it.
 */
export const close = (service: ServiceState): void => {
  const { governor } = service
  if (service.aim === "Removed") return // another service may have its name
  rareOf(service).isClosing = true
  // Nothing has to go down first: of several layers that close, the first has ended all services.
  if (governor.active === 0 && governor.lost === 0) return leave(service, "remove")
  const blocked = [...above(service).filter((other) => !isPending(other)), service]
  for (const one of blocked) {
    rareOf(one).blocks++
    changed(one)
  }
  if (service.run === undefined) leave(service, "remove")
  governor.descents.push({ ...Descent.make(blocked, governor.graph), _tag: "Closing", head: service, blocked })
}

/** The turn of the service has come to end for the layer. */
export const endForLayer = ({ head }: Closing, service: ServiceState): void => {
  if (service === head) leave(service, isOpen(service.governor) ? "remove" : "stop")
  else if (shallRun(service)) leave(service, "stop") // else the service may be on its way to be removed
}

/** All are down: they may begin again. */
export const unblock = ({ blocked }: Closing): void => {
  for (const service of blocked) rareOf(service).blocks--
  blocked.forEach(changed)
}

/** The time of the service is over, and of the services that it waits for. */
export const expireClosing = (service: ServiceState, afterMillis: number): void =>
  expire([...above(service), service], "stop", afterMillis)

/**
 * The time of these services is over. Services whose turn had not come, because others hung, are asked now, and have a turn of
 * the event loop to end.
 */
export const expire = (services: ReadonlyArray<ServiceState>, reason: StopReason, afterMillis: number): void => {
  const late = services.filter(isUp).map((service) => service.run!)
  for (const { run } of services) if (run !== undefined && wasAsked(run)) abandon(run, afterMillis)
  services.forEach(({ governor }) => attend(governor))
  if (late.length === 0) return
  const { governor } = late[0]!.of
  Effect.runForkWith(governor.context)(Effect.yieldNow).addObserver(() => {
    for (const run of late) if (!isGone(run) && isUp(run.of)) leave(run.of, reason)
    attend(governor)
    for (const run of late) abandon(run, afterMillis)
    attend(governor)
  })
}

const above = ({ governor: { graph, services }, name }: ServiceState): ReadonlyArray<ServiceState> =>
  Array.from(graph.above(name), (other) => services.get(other)!)
