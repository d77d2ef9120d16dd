/**
 * A layer closes: its service is removed. The services that depend on it are stopped before.
 */
import * as Descent from "../lifecycle/Descent.ts"
import { isOpen } from "../lifecycle/GovernorState.ts"
import { isPending, shallRun } from "../lifecycle/questions.ts"
import { rareOf, type ServiceState } from "../lifecycle/ServiceState.ts"
import { expire, leave } from "./end.ts"
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
  const blocked = withAbove(service).filter((one) => one === service || !isPending(one))
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
  expire(withAbove(service), "stop", afterMillis)

/** The services that depend on this service, directly or through others, and the service itself. */
export const withAbove = (service: ServiceState): ReadonlyArray<ServiceState> => {
  const { governor: { graph, services }, name } = service
  return [...Array.from(graph.above(name), (other) => services.get(other)!), service]
}
