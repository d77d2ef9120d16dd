/**
 * A layer closes: its service is removed, and what builds on it is stopped before.
 */
import * as Effect from "effect/Effect"
import type { StopReason } from "../../GovernorEvent.ts"
import * as Descent from "../lifecycle/Descent.ts"
import { isOpen } from "../lifecycle/GovernorState.ts"
import { isGone, isUp, shallRun, wasAsked } from "../lifecycle/questions.ts"
import { rareOf, type ServiceState } from "../lifecycle/ServiceState.ts"
import { abandon, leave } from "./end.ts"
import { attend } from "./loop.ts"
import { changed } from "./record.ts"

type Closing = Descent.Descent & { readonly _tag: "Closing" }

/** The service cannot stay, for what it uses is about to go. Until all is done nothing begins on it, nor on what is above it. */
export const close = (service: ServiceState): void => {
  const { governor } = service
  if (service.aim === "Removed") return // another service may have its name
  rareOf(service).isClosing = true
  // Of several layers that close, the first has ended the rest.
  if (governor.active === 0 && governor.lost === 0) return leave(service, "remove")
  const blocked = [...above(service), service]
  for (const one of blocked) {
    rareOf(one).blocks++
    changed(one)
  }
  if (service.run === undefined) leave(service, "remove")
  governor.descents.push({ ...Descent.make(blocked, governor.graph), _tag: "Closing", head: service, blocked })
}

/** The service has its turn to end for the layer. */
export const endForLayer = ({ head }: Closing, service: ServiceState): void => {
  if (service === head) leave(service, isOpen(service.governor) ? "remove" : "stop")
  else if (shallRun(service)) leave(service, "stop") // else it may be on its way to be removed
}

/** All are down. */
export const unblock = ({ blocked }: Closing): void => {
  for (const service of blocked) rareOf(service).blocks--
  blocked.forEach(changed)
}

/** The service has had its time, and so have the services that it waits for. */
export const expireClosing = (service: ServiceState, afterMillis: number): void =>
  expire([...above(service), service], "stop", afterMillis)

/**
 * The time of these services is over. Those whose turn had not come, for others hung, are asked now, and have a turn of the
 * event loop to end.
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
